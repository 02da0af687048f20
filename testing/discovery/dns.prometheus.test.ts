import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DiscoveryUpdate } from '../../packages/core/src/discovery/discovery.js';
import { DnsDiscovery } from '../../packages/core/src/discovery/dns/dns-discovery.js';
import type { DnsRecordType } from '../../packages/core/src/discovery/dns/dns-discovery-config.js';
import { SerialTasks } from '../../packages/core/src/discovery/serial-tasks.js';
import { silentLogger } from '../../packages/core/src/logger.js';
import { DnsServer } from '../servers/dns-server.js';
import { freePort } from '../servers/free-port.js';
import { requireServer } from '../servers/require-server.js';
import { answers, type RunningProcess, startProcess } from '../servers/start-process.js';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { CountingClock } from './counting-clock.js';
import { discoveredByPrometheus, discoveredByUs, keepApart } from './discovered-labels.js';
import { until } from './zookeeper-scene.js';

// Prometheus asks the servers of /etc/resolv.conf, at port 53.
const address = '127.0.53.1';
const types = ['SRV', 'A', 'AAAA', 'MX', 'NS'] as const;
const names = [
  'all.example',
  'web',
  'many.example.',
  'odd.example.',
  'empty.example.',
  'fails.example.',
  'nowhere.example.',
];

const all = (name: string, last: number) => [
  `${name} 5 IN CNAME other.example.`,
  `${name} 5 IN A 10.0.0.${last}`,
  `${name} 5 IN AAAA fe80::${last}`,
  `${name} 5 IN AAAA 2001:db8:0:0:1:0:0:${last}`,
  `${name} 5 IN AAAA 0:0:0:0:0:ffff:a00:${last}`,
  `${name} 5 IN SRV 1 2 ${8000 + last} srv.example.`,
  `${name} 5 IN MX 10 mx.example.`,
  `${name} 5 IN NS ns.example.`,
  `${name} 5 IN TXT passed-over`,
];

function zone(): Record<string, readonly string[]> {
  const many = Array.from(
    { length: 300 },
    (_, i) => `many.example. 5 IN A 10.1.${i >> 8}.${i & 255}`,
  );
  return {
    'all.example.': all('all.example.', 1),
    'web.search.example.': all('web.search.example.', 2),
    'many.example.': many,
    'odd.example.': [
      'odd.example. 5 IN SRV 0 0 0 .',
      'odd.example. 5 IN SRV 0 0 1 a\\.b\\032c\\255.example.',
      'odd.example. 5 IN NS UPPER_case-1.example.',
    ],
    'empty.example.': [],
    'fails.example.': all('fails.example.', 3),
  };
}

/** Whether a process here can be given a resolv.conf of its own: root, and mount namespaces allowed. */
function canUnshare(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '--bind', '/etc/hostname', '/etc/resolv.conf']);
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(requireServer('prometheus') || !canUnshare())(
  'DNS discovery beside Prometheus (wants root for a resolv.conf of its own)',
  () => {
    const clock = new CountingClock();
    const stop = new AbortController();
    const running: Promise<void>[] = [];
    const updates = new Map<DnsRecordType, DiscoveryUpdate>();
    let folder: TempFolder;
    let server: DnsServer;
    let prometheus: RunningProcess;
    let url: string;

    beforeAll(async () => {
      server = await DnsServer.start(address, 53);
      server.zone = zone();
      folder = await tempFolder('dns');
      const resolvConf = join(folder.path, 'resolv.conf');
      await writeFile(resolvConf, `nameserver ${address}\nsearch search.example\n`);
      url = `http://127.0.0.1:${await freePort()}`;
      prometheus = await startPrometheus(resolvConf);
      const fileTasks = new SerialTasks();
      const deps = { clock, logger: silentLogger, fileTasks, attemptFailed: () => {} };
      for (const type of types) {
        const config = { kind: 'dns', names, type, port: 9100, refreshIntervalMs: 500 } as const;
        const discovery = new DnsDiscovery({ ...config, servers: [] }, deps, resolvConf);
        running.push(discovery.run((update) => updates.set(type, update), stop.signal));
      }
    });
    afterAll(async () => {
      stop.abort();
      await Promise.all(running);
      await prometheus?.stop();
      await server?.close();
      await folder?.remove();
      expect(clock.pendingTimers).toBe(0);
    });

    async function startPrometheus(resolvConf: string): Promise<RunningProcess> {
      const file = join(folder.path, 'prometheus.yml');
      const jobs = types.map((type) => ({
        job_name: type,
        dns_sd_configs: [{ names, type, port: 9100, refresh_interval: '1s' }],
        relabel_configs: keepApart,
      }));
      await writeFile(file, JSON.stringify({ scrape_configs: jobs }));
      const flags = [
        `--config.file=${file}`,
        `--web.listen-address=${new URL(url).host}`,
        `--storage.tsdb.path=${folder.path}/data`,
      ];
      const script = 'mount --bind "$0" /etc/resolv.conf && exec prometheus "$@"';
      return startProcess({
        command: 'unshare',
        args: ['-m', 'sh', '-c', script, resolvConf, ...flags],
        cwd: folder.path,
        ready: answers(`${url}/-/ready`),
      });
    }

    async function findSameAsPrometheus(holds: (lines: readonly string[]) => boolean) {
      for (const type of types) {
        let theirs: string[] = [];
        const ours = () => discoveredByUs(updates.get(type));
        await until(
          async () => {
            theirs = await discoveredByPrometheus(url, type);
            return holds(theirs) && theirs.join() === ours().join();
          },
          () => `${type}\ntheirs ${theirs.join('\n')}\nours   ${ours().join('\n')}`,
        );
        expect(ours()).toEqual(theirs);
      }
    }

    it('lists the same targets with the same labels', () =>
      findSameAsPrometheus((lines) => lines.length === 321));

    it('keeps and drops the same when names fail, vanish, change and come', async () => {
      server.zone = {
        ...zone(),
        'fails.example.': ['!ERR'],
        'many.example.': ['many.example. 5 IN A 10.1.0.7'],
        'nowhere.example.': all('nowhere.example.', 9),
      };
      delete server.zone['odd.example.'];
      await findSameAsPrometheus((lines) => lines.length === 25);
    });

    it('keeps the same when the server is gone', async () => {
      await server.close();
      await until(() => [...updates.values()].every(({ error }) => error !== undefined));
      await findSameAsPrometheus((lines) => lines.length === 25);
    });
  },
);
