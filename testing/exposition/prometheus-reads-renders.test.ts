import {
  negotiate,
  parseExposition,
  renderExposition,
  type ScrapeProtocol,
} from '@prom-agent/core/exposition';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { type PrometheusServer, parseValue, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { arbitraryFamilies, exemplifiedFamily, nativeFamilies } from './families.js';

const protocols: readonly ScrapeProtocol[] = [
  'PrometheusProto',
  'PrometheusText0.0.4',
  'PrometheusText1.0.0',
  'OpenMetricsText0.0.1',
  'OpenMetricsText1.0.0',
];

// Others each time, the same for all formats; a failure says which they were.
const seed = Date.now() | 0;
const nowMs = Date.now();
const families = fc.sample(arbitraryFamilies, { seed, numRuns: 1 }).flat();

interface ApiHistogram {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly [boundaries: number, left: string, right: string, count: string][];
}

interface ApiSeries {
  readonly metric: Record<string, string>;
  readonly value?: [seconds: number, value: string];
  readonly histogram?: [seconds: number, histogram: ApiHistogram];
}

/** By name and labels, sorted by both. */
function keyed(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).filter(([, value]) => value !== '');
  return JSON.stringify([name, pairs.sort(([a], [b]) => (a < b ? -1 : 1))]);
}

describe.skipIf(requireServer('prometheus'))(
  `a real Prometheus reads what we render (seed ${seed})`,
  () => {
    let exporter: FakeExporter;
    let prometheus: PrometheusServer;

    beforeAll(async () => {
      exporter = await startExporter((request, response) => {
        const negotiated = negotiate(request.headers.accept);
        response.setHeader('content-type', negotiated.contentType);
        const all = [...families, ...nativeFamilies, exemplifiedFamily(nowMs)];
        response.end(renderExposition(all, negotiated));
      });
      prometheus = await startPrometheus({
        flags: ['--enable-feature=native-histograms,exemplar-storage'],
        config: {
          scrape_configs: protocols.map((protocol) => ({
            job_name: protocol,
            scrape_interval: '1s',
            scrape_timeout: '1s',
            scrape_protocols: [protocol],
            static_configs: [{ targets: [exporter.address] }],
          })),
        },
      });
    });

    afterAll(async () => {
      await prometheus?.stop();
      await exporter?.stop();
    });

    async function seriesOf(job: string): Promise<ApiSeries[]> {
      await prometheus.find(`up{job="${job}"} == 1`);
      const body = new URLSearchParams({ query: `{job="${job}"}` });
      const response = await fetch(`${prometheus.url}/api/v1/query`, { method: 'POST', body });
      return ((await response.json()) as { data: { result: ApiSeries[] } }).data.result;
    }

    it.each(protocols)('as %s: the samples that our parser reads from the text', async (job) => {
      const read = await seriesOf(job);
      const found = new Map<string, number>();
      for (const { metric, value } of read) {
        const { __name__: name = '', job: _job, instance: _instance, ...labels } = metric;
        if (value !== undefined && /^f\d+_/.test(name)) {
          found.set(keyed(name, labels), parseValue(value[1]) + 0);
        }
      }
      const escaping = job.endsWith('1.0.0') ? 'allow-utf-8' : 'underscores';
      const body = renderExposition(families, { format: 'text', escaping });
      const expected = parseExposition(body, 'text').map(
        ({ name, labels, value }) => [keyed(name, labels), value] as const,
      );
      expect(expected.length).toBeGreaterThan(100);
      expect(found).toEqual(new Map(expected));
    });

    it.each(['PrometheusProto', 'OpenMetricsText1.0.0'])('an exemplar as %s', async (job) => {
      await seriesOf(job);
      const query = new URLSearchParams({ query: `exemplified_bytes_total{job="${job}"}` });
      const response = await fetch(`${prometheus.url}/api/v1/query_exemplars?${query}`);
      const { data } = (await response.json()) as { data: { exemplars: unknown[] }[] };
      const exemplar = { labels: { trace_id: 'ü' }, value: '0.5', timestamp: nowMs / 1000 };
      expect(data.map(({ exemplars }) => exemplars)).toEqual([[exemplar]]);
    });

    it('native histograms in protobuf', async () => {
      const read = await seriesOf('PrometheusProto');
      const histograms = read
        .filter(({ histogram }) => histogram !== undefined)
        .map(({ metric, histogram }) => [metric['__name__'], histogram?.[1]]);
      expect(Object.fromEntries(histograms)).toEqual({
        native_integers: {
          count: '12',
          sum: '20.5',
          buckets: [
            [1, '-1', '-0.5', '2'],
            [3, '-0.001', '0.001', '2'],
            [0, '0.5', '1', '3'],
            [0, '1', '2', '1'],
            [0, '4', '8', '4'],
          ],
        },
        native_floats: {
          count: '2.5',
          sum: '3',
          buckets: [
            [3, '-0', '0', '0.5'],
            [0, '1', '2', '2'],
          ],
        },
      });
    });
  },
);
