import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Agent, createAgent, NativeHistogram, type RegistryLike } from '@prom-agent/core';
import { metricsRequest } from '@prom-agent/core/http';
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';

const protocols = [
  'PrometheusProto',
  'PrometheusText0.0.4',
  'PrometheusText1.0.0',
  'OpenMetricsText0.0.1',
  'OpenMetricsText1.0.0',
];

function filledRegistry(): Registry {
  const registry = new Registry();
  const registers = [registry];
  const jobs = new Counter({ name: 'jobs_total', help: 'h', labelNames: ['kind'], registers });
  jobs.inc({ kind: 'a' }, 3);
  jobs.inc({ kind: 'größe "\\\n' }, 0.5);
  new Counter({ name: 'without_suffix', help: 'h', registers }).inc(2);
  new Gauge({ name: 'level', help: 'h', registers }).set(-1.25);
  const took = new Histogram({ name: 'took_seconds', help: 'h', buckets: [0.1, 1], registers });
  for (const seconds of [0.05, 0.5, 5]) took.observe(seconds);
  const size = new Summary({ name: 'size_bytes', help: 'h', percentiles: [0.5], registers });
  size.observe(7);
  fillNative(registry as unknown as RegistryLike);
  return registry;
}

const odd = 'größe "\\\n';

/** Native histograms: one with classic buckets beside, one without, one that has counted nothing. */
function fillNative(registry: RegistryLike): void {
  const common = { help: 'h', registers: [registry], bucketFactor: 2 };
  const waits = new NativeHistogram({
    ...common,
    name: 'wait_seconds',
    labelNames: ['queue'],
    buckets: [1],
  });
  for (const seconds of [0.375, 0.5, 3, 0]) waits.observe({ queue: odd }, seconds);
  const drift = new NativeHistogram({ ...common, name: 'drift_seconds', zeroThreshold: 0.25 });
  for (const seconds of [-3, 0.1, 0.3, 1e6, Infinity]) drift.observe(seconds);
  new NativeHistogram({ ...common, name: 'idle_seconds' });
}

/** What Prometheus holds of them where the format has no native histograms. */
const classicForms: readonly [string, number][] = [
  [
    JSON.stringify([
      'wait_seconds_bucket',
      [
        ['le', '1.0'],
        ['queue', odd],
      ],
    ]),
    3,
  ],
  [
    JSON.stringify([
      'wait_seconds_bucket',
      [
        ['le', '+Inf'],
        ['queue', odd],
      ],
    ]),
    4,
  ],
  [JSON.stringify(['wait_seconds_sum', [['queue', odd]]]), 3.875],
  [JSON.stringify(['wait_seconds_count', [['queue', odd]]]), 4],
  ['["drift_seconds_bucket",[["le","+Inf"]]]', 5],
  ['["drift_seconds_sum",[]]', Infinity],
  ['["drift_seconds_count",[]]', 5],
  ['["idle_seconds_bucket",[["le","+Inf"]]]', 0],
  ['["idle_seconds_sum",[]]', 0],
  ['["idle_seconds_count",[]]', 0],
];

describe.skipIf(requireServer('prometheus'))(
  "a real Prometheus scrapes an agent's /metrics",
  () => {
    let agent: Agent;
    let server: Server;
    let prometheus: PrometheusServer;

    beforeAll(async () => {
      agent = await createAgent({ registry: filledRegistry() as unknown as RegistryLike });
      server = createServer(async (request, response) => {
        const { url = '/', headers } = request;
        const answer = await agent.metrics(metricsRequest({ url, headers }));
        response.writeHead(answer.status, answer.headers);
        for await (const chunk of answer.body) response.write(chunk);
        response.end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      prometheus = await startPrometheus({
        flags: ['--enable-feature=native-histograms'],
        config: {
          scrape_configs: protocols.map((protocol) => ({
            job_name: protocol,
            scrape_interval: '1s',
            scrape_timeout: '1s',
            scrape_protocols: [protocol],
            // With native histograms on, protobuf's classic buckets are dropped where there are both.
            always_scrape_classic_histograms: true,
            static_configs: [{ targets: [target] }],
          })),
        },
      });
    });

    afterAll(async () => {
      await prometheus?.stop();
      await agent?.close();
      server?.closeAllConnections();
      server?.close();
    });

    const own = '__name__!~"up|scrape_.*|prom_agent_.*"';

    /** Series text to value; the one counter whose name OpenMetrics completes is named as in text. */
    async function samplesOf(job: string): Promise<Map<string, number>> {
      await prometheus.find(`up{job="${job}"} == 1`);
      const found = await prometheus.query(`{job="${job}",${own}}`);
      const plain = found.filter(({ histogram }) => histogram === undefined);
      return new Map(
        plain.map(({ labels, samples }) => {
          const { __name__: name, job: _job, instance: _instance, ...rest } = labels;
          const plain = name === 'without_suffix_total' ? 'without_suffix' : name;
          return [JSON.stringify([plain, Object.entries(rest).sort()]), samples[0]!.value];
        }),
      );
    }

    it.each(protocols)('as %s: every sample of the registry', async (job) => {
      expect(await samplesOf(job)).toEqual(
        new Map<string, number>([
          ['["jobs_total",[["kind","a"]]]', 3],
          [JSON.stringify(['jobs_total', [['kind', 'größe "\\\n']]]), 0.5],
          ['["without_suffix",[]]', 2],
          ['["level",[]]', -1.25],
          ['["took_seconds_bucket",[["le","0.1"]]]', 1],
          ['["took_seconds_bucket",[["le","1.0"]]]', 2],
          ['["took_seconds_bucket",[["le","+Inf"]]]', 3],
          ['["took_seconds_sum",[]]', 5.55],
          ['["took_seconds_count",[]]', 3],
          ['["size_bytes",[["quantile","0.5"]]]', 7],
          ['["size_bytes_sum",[]]', 7],
          ['["size_bytes_count",[]]', 1],
          // Protobuf has the classic form of a histogram that has classic buckets alone.
          ...classicForms.slice(0, job === 'PrometheusProto' ? 4 : undefined),
        ]),
      );
    });

    it.each(protocols)('as %s: native histograms in protobuf, and nowhere else', async (job) => {
      await prometheus.find(`up{job="${job}"} == 1`);
      const found = await prometheus.query(`{job="${job}",${own}}`);
      const histograms = found
        .filter(({ histogram }) => histogram !== undefined)
        .map(({ labels, histogram }) => [labels['__name__'], [labels['queue'], histogram]]);
      const expected = {
        wait_seconds: [
          odd,
          {
            count: '4',
            sum: '3.875',
            buckets: [
              [3, '-2.938735877055719e-39', '2.938735877055719e-39', '1'],
              [0, '0.25', '0.5', '2'],
              [0, '2', '4', '1'],
            ],
          },
        ],
        drift_seconds: [
          undefined,
          {
            count: '5',
            sum: '+Inf',
            buckets: [
              [1, '-4', '-2', '1'],
              [3, '-0.25', '0.25', '1'],
              [0, '0.25', '0.5', '1'],
              [0, '524288', '1048576', '1'],
              [0, '1.7976931348623157e+308', '+Inf', '1'],
            ],
          },
        ],
        idle_seconds: [undefined, { count: '0', sum: '0' }],
      };
      expect(Object.fromEntries(histograms)).toEqual(job === 'PrometheusProto' ? expected : {});
    });

    it("leaves the user's counters their names, whatever was asked for before", async () => {
      await samplesOf('OpenMetricsText1.0.0');
      const text = await (agent.registry as unknown as Registry).metrics();
      expect(text).toContain('\njobs_total{kind="a"} 3\n');
      expect(text).toContain('\nwithout_suffix 2\n');
    });
  },
);
