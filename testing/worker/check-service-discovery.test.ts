import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nerve } from '../discovery/zookeeper-scene.js';
import { startExporter } from '../exporters/start-exporter.js';
import { startConsul } from '../servers/consul.js';
import { DnsServer } from '../servers/dns-server.js';
import { freePort } from '../servers/free-port.js';
import { requireServer } from '../servers/require-server.js';
import { runCommand } from '../servers/run-command.js';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { workerCommand } from '../servers/worker.js';
import { startZooKeeper } from '../servers/zookeeper.js';

let folder: TempFolder;
beforeEach(async () => {
  folder = await tempFolder('service-discovery');
});
afterEach(() => folder.remove());

const config = `
scrape_configs:
- job_name: a
  params: {module: [x]}
  static_configs:
  - {targets: ['x:1', 'y:2', 'x:1'], labels: {zone: z, __meta_label: m}}
  file_sd_configs: [{files: ['more-*.json']}]
  relabel_configs:
  - {action: drop, source_labels: [__address__], regex: 'y.*'}
  - {action: labelmap, regex: '__meta_(.+)'}
`;

interface Found {
  readonly discoveredLabels: Record<string, string>;
  readonly labels: Record<string, string>;
  readonly error?: unknown;
}

async function check(job: string, flags: readonly string[] = [], written = config) {
  const file = join(folder.path, 'prometheus.yml');
  await writeFile(file, written);
  await writeFile(join(folder.path, 'more-1.json'), '[{"targets": ["f:1", "http://z/"]}]');
  const args = ['check', 'service-discovery', ...flags, file, job];
  const ours = await runCommand(process.execPath, [workerCommand, ...args]);
  return { ours, args };
}

/** Without labels of Prometheus 3.13 and later; promtool's error is an empty object. */
function comparable(text: string): Found[] {
  const older = (labels: Record<string, string>) =>
    Object.fromEntries(Object.entries(labels).filter(([name]) => !/_histograms/.test(name)));
  const found = JSON.parse(text) as Found[];
  return found.map(({ discoveredLabels, labels, error }) => ({
    discoveredLabels: older(discoveredLabels),
    labels: older(labels),
    ...(error !== undefined && { error: {} }),
  }));
}

const byAddress = (found: Found[]) =>
  found.toSorted((a, b) =>
    JSON.stringify(a.discoveredLabels) < JSON.stringify(b.discoveredLabels) ? -1 : 1,
  );

describe('check service-discovery', () => {
  it.skipIf(requireServer('promtool'))('prints what promtool prints', async () => {
    // It panics when a second discovery answers, and when a target cannot be scraped.
    const written = config
      .replace(/ +file_sd_configs.*\n/, '')
      .concat('- {job_name: b, static_configs: [{targets: [c]}]}\n');
    for (const job of ['a', 'b']) await agrees(job, written);
  });

  async function agrees(job: string, written: string): Promise<void> {
    const { ours, args } = await check(job, ['--timeout=3s'], written);
    const theirs = await runCommand('promtool', [...args]);
    expect([ours.code, theirs.code]).toEqual([0, 0]);
    expect(byAddress(comparable(ours.stdout))).toEqual(byAddress(comparable(theirs.stdout)));
  }

  it('says why a target could not be scraped, and tells of equal ones once', async () => {
    const { ours } = await check('a');
    const found = JSON.parse(ours.stdout) as Found[];
    expect(found.map(({ discoveredLabels }) => discoveredLabels['__address__'])).toEqual([
      'x:1',
      'y:2',
      'f:1',
      'http://z/',
    ]);
    expect(found.map(({ error }) => error)).toEqual([
      undefined,
      undefined,
      undefined,
      expect.stringContaining('__address__ is "http://z/"'),
    ]);
    expect(found[1]?.labels).toEqual({});
    expect(found[0]?.labels).toMatchObject({ instance: 'x:1', label: 'm', __param_module: 'x' });
  });

  // Nothing but what is awaited keeps the command alive: sockets and timers of discoveries do not.
  describe('waits for what it asks, it ended with nothing said and exit code 0:', () => {
    const closings: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const close of closings.splice(0).reverse()) await close();
    });

    /** Addresses of the targets of one discovery, then what is said of it. */
    async function found(discovery: object): Promise<unknown[]> {
      const written = JSON.stringify({ scrape_configs: [{ job_name: 'a', ...discovery }] });
      const { ours } = await check('a', [], written);
      const targets = JSON.parse(ours.stdout) as Found[];
      return [...targets.map(({ labels }) => labels['__address__']).sort(), ours.stderr];
    }

    it('DNS, with an answer too long for a datagram', async () => {
      const server = await DnsServer.start();
      closings.push(() => server.close());
      const ports = Array.from({ length: 300 }, (_, i) => 8000 + i);
      server.zone = {
        'a.example.': ports.map((port) => `a.example. 5 IN SRV 1 1 ${port} h.example.`),
      };
      const dns = { names: ['a.example.'], servers: [server.address] };
      const expected = ports.map((port) => `h.example:${port}`);
      expect(await found({ dns_sd_configs: [dns] })).toEqual([...expected, '']);
      expect(server.questions.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
    });

    it('HTTP', async () => {
      const server = await startExporter((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        setTimeout(() => response.end('[{"targets": ["h:1"]}]'), 100);
      });
      closings.push(() => server.stop());
      const url = `http://${server.address}/`;
      expect(await found({ http_sd_configs: [{ url }] })).toEqual(['h:1', '']);
    });

    it('a server that is not there', async () => {
      const server = `127.0.0.1:${await freePort()}`;
      expect(await found({ consul_sd_configs: [{ server }] })).toEqual([
        expect.stringContaining('ECONNREFUSED'),
      ]);
    });

    it.skipIf(requireServer('consul'))(
      'Consul, and its SRV records, cut off over UDP',
      async () => {
        const dnsPort = await freePort();
        const flags = ['-hcl', 'dns_config { enable_truncate = true }', `-dns-port=${dnsPort}`];
        const consul = await startConsul(flags);
        closings.push(() => consul.stop());
        const ports = Array.from({ length: 60 }, (_, i) => 8000 + i);
        for (const Port of ports)
          await consul.register({ Name: 'web', ID: `${Port}`, Address: '10.0.0.1', Port });
        const services = { server: consul.address, services: ['web'] };
        const expected = ports.map((port) => `10.0.0.1:${port}`);
        expect(await found({ consul_sd_configs: [services] })).toEqual([...expected, '']);
        const dns = { names: ['web.service.consul'], servers: [`127.0.0.1:${dnsPort}`] };
        const records = await found({ dns_sd_configs: [dns] });
        const foundPorts = records
          .slice(0, -1)
          .map((address) => Number(String(address).split(':')[1]));
        expect([...foundPorts, records.at(-1)]).toEqual([...ports, '']);
      },
    );

    it.skipIf(requireServer('zookeeper'))('ZooKeeper', async () => {
      const zooKeeper = await startZooKeeper();
      closings.push(() => zooKeeper.stop());
      await zooKeeper.writer.create('/members', nerve('h', 1));
      const nerves = { servers: [zooKeeper.address], paths: ['/members'] };
      expect(await found({ nerve_sd_configs: [nerves] })).toEqual(['h:1', '']);
    });
  });

  it('names the jobs there are when there is no such one', async () => {
    const { ours } = await check('nope');
    expect(ours).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'Job nope not found. Select one of:\n\ta\n',
    });
  });

  it('refuses a timeout that is none', async () => {
    const { ours } = await check('a', ['--timeout=soon']);
    expect(ours).toMatchObject({ code: 2, stdout: '' });
    expect(ours.stderr).toMatch(/'soon' is no duration above 0, like 30s or 1m/);
  });
});
