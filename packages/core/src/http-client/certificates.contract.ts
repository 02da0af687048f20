import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate with its key, PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Certificates for tests, of an authority of their own; nothing of it outlives the test run. */
export interface Certificates {
  readonly ca: string;
  /** For localhost, 127.0.0.1 and named.test. */
  readonly server: Pair;
  readonly expired: Pair;
  readonly otherHost: Pair;
  readonly selfSigned: Pair;
  readonly client: Pair;
}

/** Whether certificates can be made here: Node has no generator, so openssl's command does it. */
export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  try {
    return makeIn(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function makeIn(folder: string): Certificates {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=ca',
    '-days',
    '2',
  );
  writeFileSync(join(folder, 'ca.cnf'), caConfig);
  mkdirSync(join(folder, 'new'));
  writeFileSync(join(folder, 'index'), '');

  const signed = (name: string, names: string, end = '20491231235959Z'): Pair => {
    openssl(
      'req',
      '-new',
      ...newKey,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
    );
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names}\n`);
    const dates = ['-startdate', '20200101000000Z', '-enddate', end];
    const files = ['-in', `${name}.csr`, '-out', `${name}.pem`, '-extfile', `${name}.ext`];
    openssl('ca', '-batch', '-notext', '-config', 'ca.cnf', ...dates, ...files);
    return { cert: read(`${name}.pem`), key: read(`${name}.key`) };
  };
  const own = ['-keyout', 'own.key', '-out', 'own.pem', '-subj', '/CN=localhost', '-days', '2'];
  openssl('req', '-x509', ...newKey, ...own, '-addext', 'subjectAltName=IP:127.0.0.1');
  return {
    ca: read('ca.pem'),
    server: signed('server', 'DNS:localhost,DNS:named.test,IP:127.0.0.1'),
    expired: signed('expired', 'IP:127.0.0.1', '20200102000000Z'),
    otherHost: signed('other', 'DNS:other.test'),
    selfSigned: { cert: read('own.pem'), key: read('own.key') },
    client: signed('client', 'DNS:client.test'),
  };
}

const caConfig = `[ca]
default_ca = own
[own]
database = index
new_certs_dir = new
certificate = ca.pem
private_key = ca.key
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
`;
