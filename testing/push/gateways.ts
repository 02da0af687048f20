import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCertificates } from '../../packages/core/src/http-client/certificates.contract.js';
import { type Pushgateway, startPushgateway } from '../servers/pushgateway.js';
import { runCommand } from '../servers/run-command.js';
import { tempFolder } from '../servers/temp-folder.js';
import { workerCommand } from '../servers/worker.js';

export const programs = ['pushgateway', 'pushgateway-1.5'] as const;

/** `prom-agent push` with a standard input. */
export const push = (stdin: string, ...args: string[]) =>
  runCommand(process.execPath, [workerCommand, 'push', ...args], { stdin });

/** A gateway that wants a password over TLS, and what a client needs for it. */
export interface SecureGateway {
  readonly gateway: Pushgateway;
  /** For `--http.config.file`. */
  readonly httpConfigFile: string;
  readonly user: string;
  readonly password: string;
  readonly ca: string;
  stop(): Promise<void>;
}

const user = 'scripts';
const password = 'test';
// bcrypt of the password.
const passwordHash = '$2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay';

export async function startSecureGateway(
  program: (typeof programs)[number],
): Promise<SecureGateway> {
  const folder = await tempFolder('secure-gateway');
  const write = async (name: string, text: string): Promise<string> => {
    const file = join(folder.path, name);
    await writeFile(file, text);
    return file;
  };
  const { ca, server } = makeCertificates();
  const caFile = await write('ca.pem', ca);
  const certificate = {
    cert_file: await write('server.pem', server.cert),
    key_file: await write('server.key', server.key),
  };
  const webConfig = { tls_server_config: certificate, basic_auth_users: { [user]: passwordHash } };
  const httpConfigFile = await write(
    'http.yml',
    `basic_auth: {username: ${user}, password_file: password}\ntls_config: {ca_file: ${caFile}}\n`,
  );
  await write('password', `${password}\n`);
  const gateway = await startPushgateway({
    program,
    flags: [`--web.config.file=${await write('web.yml', JSON.stringify(webConfig))}`],
    urlOf: (address) => `https://${address}`,
  });
  return {
    gateway,
    httpConfigFile,
    user,
    password,
    ca,
    async stop() {
      await gateway.stop();
      await folder.remove();
    },
  };
}
