import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveBody } from '../exporters/serve-body.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { startWorker } from '../servers/worker.js';
import { runReplay } from './replay-scene.js';

const timeoutMs = 120_000;
const formats = ['remote_write', 'remote_write_v2', 'jsonl', 'text'] as const;
const versions = ['1.0', '2.0'] as const;
const scrapes = 14;
const openMetrics = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
/** Scrapes that show the series `gone`. */
const isThere = (scrape: number): boolean => scrape < 5 || scrape > 8;

function body(scrape: number): string {
  const gone = isThere(scrape) ? [`gone{why="\\\\ \\" \\n é"} ${scrape}`] : [];
  return [
    '# HELP jobs Words.',
    '# TYPE jobs counter',
    `jobs_total{path="/a"} ${scrape * 1.1} # {trace="${scrape}"} 0.5`,
    '# TYPE odd unknown',
    `odd{is="nan"} ${scrape % 2 ? 'NaN' : 1e-300}`,
    `odd{is="inf"} ${scrape % 2 ? '+Inf' : '-Inf'}`,
    'odd{is="zero"} -0',
    '# TYPE latency histogram',
    `latency_bucket{le="0.1"} ${scrape} # {trace="${scrape} é"} 0.05 ${1_700_000_000 + scrape}.125`,
    `latency_bucket{le="+Inf"} ${scrape + 1}`,
    `latency_count ${scrape + 1}`,
    `latency_sum ${scrape / 3}`,
    '# TYPE gone gauge',
    ...gone,
    '# EOF\n',
  ].join('\n');
}

/** Each version has a Prometheus of its own, which gets the same straight and by way of Kafka. */
interface Receiver {
  readonly version: (typeof versions)[number];
  readonly prometheus: PrometheusServer;
}

describe.skipIf(requireServer('kafka-4.1', 'prometheus'))('by way of Kafka, and straight', () => {
  let kafka: KafkaServer;
  let receivers: readonly Receiver[];
  let native: PrometheusServer;
  let exporter: FakeExporter;
  let beginMs = 0;
  let endMs = 0;

  beforeAll(async () => {
    let seen: () => void = () => {};
    const enough = new Promise<void>((resolve) => {
      seen = resolve;
    });
    [kafka, native, exporter, receivers] = await Promise.all([
      startKafka(),
      startPrometheus(),
      startExporter(
        serveBody((scrape) => {
          // One of the two jobs that ask is behind the other.
          if (scrape === 2 * scrapes) seen();
          return { body: body(scrape >> 1), headers: { 'content-type': openMetrics } };
        }),
      ),
      Promise.all(
        versions.map(async (version) => ({
          version,
          prometheus: await startPrometheus({
            remoteWriteReceiver: true,
            flags: ['--enable-feature=native-histograms,exemplar-storage'],
          }),
        })),
      ),
    ]);
    for (const format of formats) await kafka.createTopic({ topic: format, partitions: 2 });
    beginMs = Date.now();
    const worker = await startWorker({ config: workerConfig() });
    await enough;
    await worker.stop();
    endMs = Date.now();
    for (const { version, prometheus } of receivers) {
      for (const format of formats) {
        const run = await runReplay([
          ...['--from', `kafka://${kafka.address}/${format}?group=round-trip-${version}`],
          ...['--to', prometheus.remoteWriteUrl, '--to-version', version, '--json'],
        ]);
        if (run.code !== 0 || run.status?.samplesRejected !== 0) throw new Error(run.stderr);
      }
    }
  }, timeoutMs);
  afterAll(async () => {
    const servers = [kafka, native, exporter, ...(receivers ?? []).map((one) => one.prometheus)];
    await Promise.all(servers.map((server) => server?.stop()));
  });

  function workerConfig(): object {
    const via = (replacement: string) => [{ target_label: 'via', replacement }];
    const ours = [{ targets: [exporter.address] }];
    return {
      global: { scrape_interval: '500ms', scrape_timeout: '500ms' },
      scrape_configs: [
        { job_name: 'j', static_configs: ours },
        { job_name: 'custom', convert_classic_histograms_to_nhcb: true, static_configs: ours },
        {
          job_name: 'native',
          scrape_native_histograms: true,
          static_configs: [{ targets: [new URL(native.url).host] }],
        },
      ],
      remote_write: receivers.map(({ version, prometheus }) => ({
        url: prometheus.remoteWriteUrl,
        protobuf_message:
          version === '1.0' ? 'prometheus.WriteRequest' : 'io.prometheus.write.v2.Request',
        send_exemplars: true,
        send_native_histograms: true,
        write_relabel_configs: via('straight'),
      })),
      kafka_write: formats.map((format) => ({
        name: format,
        brokers: [kafka.address],
        topic: format,
        format,
        write_relabel_configs: via(format),
      })),
      agent: { threads: 1, self: { enabled: false } },
    };
  }

  /** Of what the format can tell: a message of 1.0 has no place for custom buckets. */
  const selector = (via: string, format: string): string =>
    `{via="${via}"${format === 'remote_write' ? ',__name__!="latency"' : ''}}`;

  /** Series with their values, as they are seen at moments and as they are stored. */
  async function seen(prometheus: PrometheusServer, of: string) {
    const moments: unknown[] = [];
    for (let atMs = beginMs; atMs < endMs + 1_000; atMs += 200) {
      const series = await prometheus.query(of, atMs);
      moments.push(
        named(series.map((one) => [one.labels, one.histogram ?? one.samples[0]?.value])),
      );
    }
    const stored = await prometheus.query(`${of}[5m]`, endMs + 1_000);
    const rows = stored.map(({ labels, samples, histograms }) => [labels, { samples, histograms }]);
    return { moments, stored: named(rows as [Readonly<Record<string, string>>, unknown][]) };
  }

  function named(series: readonly (readonly [Readonly<Record<string, string>>, unknown])[]) {
    const rows = series.map(([{ via: _, ...labels }, value]) => [JSON.stringify(labels), value]);
    return Object.fromEntries(rows);
  }

  /** Those of the body carry times of 2023, or of their scrapes. */
  async function exemplars(prometheus: PrometheusServer, of: string) {
    const found = await prometheus.exemplars(of, 0, endMs + 1_000);
    return named(found.map((one) => [one.seriesLabels, one.exemplars]));
  }

  test.each(versions.flatMap((version) => formats.map((format) => [format, version] as const)))(
    '%s, to %s: the same samples, and series end at the same moments',
    async (format, version) => {
      const { prometheus } = receivers.find((one) => one.version === version)!;
      const straight = await seen(prometheus, selector('straight', format));
      expect(await seen(prometheus, selector(format, format))).toEqual(straight);
      const goneAt = straight.moments.map((moment) =>
        Object.keys(moment as object).some((labels) => labels.includes('"gone"')),
      );
      // There, gone by a marker, and there again.
      expect(goneAt.join()).toMatch(/true,false(?:,false)*,true/);
      const stored: [string, { histograms: unknown[] }][] = Object.entries(straight.stored);
      const histograms = stored.filter(([, series]) => series.histograms.length > 0);
      const hasCustom = version === '2.0' && format !== 'remote_write';
      const jobs = new Set(histograms.map(([labels]) => JSON.parse(labels).job));
      expect(jobs).toEqual(new Set(hasCustom ? ['native', 'custom'] : ['native']));
    },
    timeoutMs,
  );

  test.each(versions.flatMap((version) => formats.map((format) => [format, version] as const)))(
    '%s, to %s: the same exemplars, where the format has them',
    async (format, version) => {
      const { prometheus } = receivers.find((one) => one.version === version)!;
      // By 1.0 a series of custom buckets is there from its first stale marker on, and exemplars with it.
      const told = version === '1.0' ? 'remote_write' : format;
      const straight = await exemplars(prometheus, selector('straight', told));
      expect(Object.keys(straight).length).toBeGreaterThanOrEqual(2);
      const found = await exemplars(prometheus, selector(format, told));
      expect(found).toEqual(format === 'text' ? {} : straight);
    },
    timeoutMs,
  );
});
