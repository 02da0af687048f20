import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../packages/core/src/clock.js';
import { parseConfig } from '../../packages/core/src/config/load-config.js';
import { DiscoveryManager } from '../../packages/core/src/discovery/discovery-manager.js';
import { RouteServer } from '../../packages/core/src/discovery/route-server.contract.js';
import { silentLogger } from '../../packages/core/src/logger.js';
import { type ConsulServer, startConsul } from '../servers/consul.js';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { startVmagent, type VmagentServer } from '../servers/vmagent.js';

/** What building targets adds to what discovery found, and labels that only vmagent has. */
const notDiscovered =
  /^(job|instance|__scheme__|__metrics_path__|__scrape_interval__|__scrape_timeout__)$|^__meta_consul_tag(present)?_/;

const consulJobs = ['all', 'tags', 'names', 'nodes'];
const jobs = [...consulJobs, 'http'];

function onConsul(server: string): string {
  // vmagent shows new labels of a target only where they change what is left of it after relabelling.
  const rules = '[{action: labelmap, regex: __meta_(.+), replacement: found_$1}]';
  const job = (name: string, more: string) => `- job_name: ${name}
  relabel_configs: ${rules}
  consul_sd_configs: [{server: '${server}', refresh_interval: 1s${more}}]
`;
  return (
    job('all', '') +
    job('tags', ', tags: [blue, edge]') +
    job('names', ", services: [web, absent], tag_separator: '|', allow_stale: false") +
    job('nodes', ', node_meta: {consul-network-segment: none}')
  );
}

function onHttp(server: string): string {
  return `- job_name: http\n  http_sd_configs: [{url: 'http://${server}/sd?a=b', refresh_interval: 1s}]\n`;
}

type Found = Record<string, string[]>;

/** By job, each target's labels as JSON. */
function collect(targets: readonly (readonly [job: string, Record<string, string>])[]): Found {
  const found: Found = {};
  for (const [job, labels] of targets) {
    const pairs = Object.entries(labels).filter(([n, v]) => v !== '' && !notDiscovered.test(n));
    found[job] ??= [];
    found[job].push(JSON.stringify(pairs.sort()));
  }
  for (const list of Object.values(found)) list.sort();
  return found;
}

/** vmagent answers as Prometheus does, but for its own labels of tags, which are left out. */
async function foundBy({ url }: { readonly url: string }): Promise<Found> {
  const response = await fetch(`${url}/api/v1/targets?state=active`);
  const { data } = (await response.json()) as {
    data: { activeTargets: { scrapePool: string; discoveredLabels: Record<string, string> }[] };
  };
  return collect(data.activeTargets.map((t) => [t.scrapePool, t.discoveredLabels]));
}

describe.skipIf(requireServer('consul', 'prometheus', 'prometheus-2.24', 'vmagent'))(
  'beside Prometheus and vmagent',
  () => {
    let consul: ConsulServer;
    let http: RouteServer;
    let prometheus: PrometheusServer;
    let consulsPrometheus: PrometheusServer;
    let vmagent: VmagentServer;
    let manager: DiscoveryManager;
    const stop = new AbortController();
    let running: Promise<void>;

    function foundByUs(): Found {
      return collect(
        jobs.flatMap((job) =>
          manager.groups(job).flatMap(({ targets, labels }) =>
            targets.map((target) => {
              return [job, Object.fromEntries([...labels, ...target])] as const;
            }),
          ),
        ),
      );
    }

    function serve(...groups: object[]): void {
      const headers = { 'content-type': 'application/json' };
      http.serve({ '/sd': { headers, body: JSON.stringify(groups) } });
    }

    /** Prometheus passes changes on every five seconds. */
    async function allFind(count: Record<string, number>): Promise<void> {
      const deadline = performance.now() + 40_000;
      const counts = (found: Found) =>
        Object.fromEntries(jobs.map((job) => [job, found[job]?.length ?? 0]));
      for (;;) {
        const http = await foundBy(prometheus);
        const peers = [await foundBy(consulsPrometheus), await foundBy(vmagent)];
        const theirs = peers.map((consul) => sortedJobs({ ...consul, ...http }));
        const ours = sortedJobs(foundByUs());
        const agree = [...theirs, ours].every(
          (found) => isDeepStrictEqual(found, ours) && isDeepStrictEqual(counts(found), count),
        );
        if (agree || performance.now() > deadline) {
          for (const found of theirs) expect(ours).toEqual(found);
          expect(counts(ours)).toEqual(count);
          return;
        }
        await delay(200);
      }
    }
    const sortedJobs = (found: Found): Found => Object.fromEntries(Object.entries(found).sort());

    beforeAll(async () => {
      [consul, http] = await Promise.all([startConsul(), new RouteServer().start()]);
      serve();
      const [consulPart, httpPart] = [onConsul(consul.address), onHttp(http.address)];
      const file = (part: string) => `scrape_configs:\n${part}`;
      prometheus = await startPrometheus({ config: file(httpPart) });
      consulsPrometheus = await startPrometheus({
        program: 'prometheus-2.24',
        config: file(consulPart),
      });
      vmagent = await startVmagent(file(consulPart), ['-promscrape.consulSDCheckInterval=1s']);
      const { scrapeConfigs } = parseConfig(file(consulPart + httpPart), 'prometheus.yml');
      manager = new DiscoveryManager({
        jobs: scrapeConfigs.map(({ job, discoveries }) => ({ job: job.name, discoveries })),
        onGroups: () => {},
        clock: systemClock,
        logger: silentLogger,
      });
      running = manager.run(stop.signal);
      await manager.ready();
    });
    afterAll(async () => {
      stop.abort();
      await running;
      await Promise.all(
        [prometheus, consulsPrometheus, vmagent, consul, http].map((server) => server?.stop()),
      );
    });

    it('finds the same targets with the same labels', async () => {
      await allFind({ all: 1, tags: 0, names: 0, nodes: 0, http: 0 });
    });

    it('sees services, instances and groups come', async () => {
      await consul.register({
        Name: 'web',
        ID: 'web-1',
        Address: '10.0.0.1',
        Port: 80,
        Tags: ['blue', 'edge', 'a,b'],
        Meta: { 'k-e_y': 'v', version: '1', empty: '' },
        TaggedAddresses: { wan: { Address: '1.2.3.4', Port: 8080 } },
        Check: { TTL: '1h', Status: 'passing' },
      });
      await consul.register({ Name: 'web', ID: 'web-2', Port: 81, Tags: ['blue'] });
      await consul.register({ Name: 'db', Address: 'fe80::1', Check: { TTL: '1h' } });
      await consul.register({ Name: 'odd name/ä', Port: 82, Tags: ['edge', 'blue'] });
      serve(
        { targets: ['a:1', 'a:2'], labels: { env: 'prod', __meta_url: 'forged', empty: '' } },
        { targets: ['b:1'] },
      );
      await allFind({ all: 5, tags: 2, names: 2, nodes: 0, http: 3 });
    });

    it('sees tags, health and groups change, and instances go', async () => {
      await consul.register({ Name: 'web', ID: 'web-2', Port: 81, Tags: ['blue', 'edge'] });
      await consul.put('/v1/agent/service/maintenance/web-1?enable=true');
      await consul.deregister('db');
      serve({ targets: ['b:1'], labels: { env: 'test' } });
      await allFind({ all: 4, tags: 3, names: 2, nodes: 0, http: 1 });
    });

    it('keeps all targets while both servers are gone, and goes on after', async () => {
      await Promise.all([consul.kill(), http.stop()]);
      while (jobs.some((job) => manager.lastError(job) === undefined)) await delay(100);
      await allFind({ all: 4, tags: 3, names: 2, nodes: 0, http: 1 });
      await Promise.all([consul.start(), http.start()]);
      await consul.deregister('web-1');
      await allFind({ all: 3, tags: 2, names: 1, nodes: 0, http: 1 });
    });
  },
);
