import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  hasOpenssl,
  makeCertificates,
} from '../../packages/core/src/http-client/certificates.contract.js';
import { serveBody } from '../exporters/serve-body.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { freePort } from '../servers/free-port.js';
import { type Pushgateway, startPushgateway } from '../servers/pushgateway.js';
import { requireServer } from '../servers/require-server.js';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { Wire } from '../servers/wire.js';
import { groupsOf, type PushScene, samples, startPushing, until } from './push-scene.js';

const timeoutMs = 120_000;
/** bcrypt of `secret`. */
const hash = '$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW';

describe.each(['pushgateway', 'pushgateway-1.5'] as const)('pushes to a real %s', (program) => {
  const skipped = requireServer(program);
  let exporter: FakeExporter;
  let folder: TempFolder;
  let gateway: Pushgateway | undefined;
  let scene: PushScene | undefined;
  let wire: Wire | undefined;
  let scrape = 0;

  beforeAll(async () => {
    folder = await tempFolder('push');
    exporter = await startExporter(serveBody(() => ({ body: `scrape ${++scrape}\n` })));
  });
  afterAll(async () => {
    await exporter.stop();
    await folder.remove();
  });
  afterEach(async () => {
    await scene?.agent.close({ deadlineMs: 5_000 });
    wire?.cut();
    await gateway?.stop();
    [scene, wire, gateway] = [undefined, undefined, undefined];
  });

  const shown = async (): Promise<number> =>
    Number((await samples(gateway!, 'scrape'))[0]?.value ?? -1);
  const messages = (): string[] => scene!.lines.map(({ message }) => message);
  const count = (part: string): number => messages().filter((m) => m.includes(part)).length;

  test.skipIf(skipped)(
    'a gateway that is down at the start gets the newest state when it is there, and two lines say so',
    async () => {
      gateway = await startPushgateway({ program });
      await gateway.kill();
      const first = scrape;
      scene = await startPushing({ url: gateway.url, targets: [exporter.address] });
      await until('tried', () => count('pushgateway_write fails') === 1);
      await until('scraped on', () => scrape > first + 5);
      const before = scrape;
      await gateway.start();
      await until('pushed', async () => (await shown()) >= before);
      await until('told', () => count('works again') === 1);
      expect(count('pushgateway_write fails')).toBe(1);
      const { agent } = scene;
      await until('counted', () => (agent.outputs()[0]?.samplesDropped.superseded ?? 0) > 0);
    },
    timeoutMs,
  );

  test.skipIf(skipped).each([true, false])(
    'a gateway that is killed in the middle and starts again, persistent: %s, has the groups again',
    async (persistent) => {
      gateway = await startPushgateway({ program, persistent });
      scene = await startPushing({ url: gateway.url, targets: [exporter.address] });
      await until('pushed', async () => (await shown()) >= 0);
      await gateway.kill();
      await until('told', () => count('pushgateway_write fails') === 1);
      const before = scrape;
      await gateway.start();
      await until('pushed again', async () => (await shown()) > before);
      expect(await groupsOf(gateway)).toEqual([{ job: 'j', instance: exporter.address }]);
    },
    timeoutMs,
  );

  test.skipIf(skipped)(
    'a wire that dies silently ends pushes at their timeout; what is newest goes out after',
    async () => {
      gateway = await startPushgateway({ program });
      wire = await Wire.to(gateway.address);
      const url = `http://${wire.address}`;
      scene = await startPushing({ url, targets: [exporter.address], block: { timeoutMs: 300 } });
      await until('pushed', async () => (await shown()) >= 0);
      wire.silence();
      await until('told', () => count('pushgateway_write fails') === 1);
      expect(scene.lines.find(({ message }) => message.includes('fails'))?.fields['error']).toBe(
        'no answer within 300 ms',
      );
      const before = scrape;
      wire.mend();
      wire.reset();
      await until('pushed again', async () => (await shown()) > before);
    },
    timeoutMs,
  );

  test.skipIf(skipped)(
    'a hanging gateway does not hold up a stop beyond its deadline',
    async () => {
      gateway = await startPushgateway({ program });
      wire = await Wire.to(gateway.address);
      wire.silence();
      const block = { timeoutMs: 60_000, onClose: 'delete' as const };
      const url = `http://${wire.address}`;
      scene = await startPushing({ url, targets: [exporter.address], block });
      const { agent } = scene;
      await until('under way', () => agent.outputs()[0]?.requestsInFlight === 1);
      const startMs = performance.now();
      await agent.close({ deadlineMs: 1_000 });
      expect(performance.now() - startMs).toBeLessThan(20_000);
    },
    timeoutMs,
  );

  test.skipIf(skipped)(
    'basic auth: a wrong password is refused and said, the right one from a file is taken',
    async () => {
      const config = join(folder.path, `auth-${await freePort()}.yml`);
      await writeFile(config, `basic_auth_users: {pusher: '${hash}'}\n`);
      const headers = { authorization: `Basic ${btoa('pusher:secret')}` };
      gateway = await startPushgateway({
        program,
        flags: [`--web.config.file=${config}`],
        headers,
      });
      const passwordFile = join(folder.path, `password-${await freePort()}`);
      await writeFile(passwordFile, 'wrong');
      scene = await startPushing({
        url: gateway.url,
        targets: [exporter.address],
        block: { basicAuth: { username: 'pusher', passwordFile } },
      });
      await until('refused', () => count('refuses a group') === 1);
      expect(JSON.stringify(scene.lines)).not.toContain('wrong');
      await writeFile(passwordFile, 'secret');
      await until('pushed', async () => (await shown()) >= 0);
    },
    timeoutMs,
  );

  test.skipIf(skipped || !hasOpenssl())(
    'TLS: pushed where the authority is trusted, else said why not',
    async () => {
      const { ca, server } = makeCertificates();
      const [cert, key] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')];
      await Promise.all([writeFile(cert, server.cert), writeFile(key, server.key)]);
      const config = join(folder.path, `tls-${await freePort()}.yml`);
      await writeFile(config, `tls_server_config: {cert_file: ${cert}, key_file: ${key}}\n`);
      gateway = await startPushgateway({ program, flags: [`--web.config.file=${config}`] });
      const url = `https://${gateway.address}`;
      scene = await startPushing({ url, targets: [exporter.address] });
      await until('failed', () => count('pushgateway_write fails') === 1);
      expect(JSON.stringify(scene.lines)).toMatch(/certificate/);
      await scene.agent.close({ deadlineMs: 500 });
      const block = { tlsConfig: { ca } };
      scene = await startPushing({ url, targets: [exporter.address], block });
      const { agent } = scene;
      await until('pushed', () => (agent.outputs()[0]?.pushes?.outcomes.pushed ?? 0) > 2);
    },
    timeoutMs,
  );

  test.skipIf(skipped)(
    'gzip: bodies that are large arrive whole',
    async () => {
      gateway = await startPushgateway({ program });
      const lines = Array.from({ length: 500 }, (_, i) => `many{n="${i}"} ${i}.5\n`);
      const large = await startExporter(serveBody(lines.join('')));
      try {
        const block = { compression: 'gzip' as const };
        scene = await startPushing({ url: gateway.url, targets: [large.address], block });
        await until('pushed', async () => (await samples(gateway!, 'many')).length === 500);
        const { agent } = scene;
        await until('counted', () => (agent.outputs()[0]?.bytesSent ?? 0) > 0);
        const { bytesSent, requestsSent } = agent.outputs()[0]!;
        expect(bytesSent / requestsSent).toBeLessThan(lines.join('').length / 3);
      } finally {
        await large.stop();
      }
    },
    timeoutMs,
  );
});
