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
const scrapes = 14;
/** Scrapes that show the series `gone`. */
const isThere = (scrape: number): boolean => scrape < 5 || scrape > 8;

function body(scrape: number): string {
  const gone = isThere(scrape) ? `gone{why="\\\\ \\" \\n é"} ${scrape}\n` : '';
  return [
    '# HELP jobs_total Words.\n# TYPE jobs_total counter',
    `jobs_total{path="/a"} ${scrape * 1.1}`,
    `odd{is="nan"} ${scrape % 2 ? 'NaN' : 1e-300}`,
    `odd{is="inf"} ${scrape % 2 ? '+Inf' : '-Inf'}`,
    `odd{is="zero"} -0`,
    `latency_bucket{le="+Inf"} ${scrape}`,
    gone,
  ].join('\n');
}

describe.skipIf(requireServer('kafka-4.1', 'prometheus'))('by way of Kafka, and straight', () => {
  let kafka: KafkaServer;
  let prometheus: PrometheusServer;
  let exporter: FakeExporter;
  let beginMs = 0;
  let endMs = 0;

  beforeAll(async () => {
    let seen: () => void = () => {};
    const enough = new Promise<void>((resolve) => {
      seen = resolve;
    });
    [kafka, prometheus, exporter] = await Promise.all([
      startKafka(),
      startPrometheus({ remoteWriteReceiver: true }),
      startExporter(
        serveBody((scrape) => {
          if (scrape === scrapes) seen();
          return { body: body(scrape) };
        }),
      ),
    ]);
    for (const format of formats) await kafka.createTopic({ topic: format, partitions: 2 });
    const via = (replacement: string) => [{ target_label: 'via', replacement }];
    beginMs = Date.now();
    const worker = await startWorker({
      config: {
        global: { scrape_interval: '500ms', scrape_timeout: '500ms' },
        scrape_configs: [{ job_name: 'j', static_configs: [{ targets: [exporter.address] }] }],
        remote_write: [{ url: prometheus.remoteWriteUrl, write_relabel_configs: via('straight') }],
        kafka_write: formats.map((format) => ({
          name: format,
          brokers: [kafka.address],
          topic: format,
          format,
          write_relabel_configs: via(format),
        })),
        agent: { threads: 1, self: { enabled: false } },
      },
    });
    await enough;
    await worker.stop();
    endMs = Date.now();
    for (const format of formats) {
      const run = await runReplay([
        ...['--from', `kafka://${kafka.address}/${format}?group=round-trip`],
        ...['--to', prometheus.remoteWriteUrl, '--json'],
      ]);
      if (run.code !== 0 || (run.status?.samplesRejected ?? 1) > 0) throw new Error(run.stderr);
    }
  }, timeoutMs);
  afterAll(async () => {
    await Promise.all([kafka?.stop(), prometheus?.stop(), exporter?.stop()]);
  });

  /** Series with their values, as they are seen at moments and as they are stored. */
  async function seen(via: string) {
    const moments: unknown[] = [];
    for (let atMs = beginMs; atMs < endMs + 1_000; atMs += 200) {
      const series = await prometheus.query(`{via="${via}"}`, atMs);
      moments.push(named(series.map(({ labels, samples }) => [labels, samples[0]?.value])));
    }
    const stored = await prometheus.query(`{via="${via}"}[5m]`, endMs + 1_000);
    return { moments, stored: named(stored.map(({ labels, samples }) => [labels, samples])) };
  }

  function named(series: readonly (readonly [Readonly<Record<string, string>>, unknown])[]) {
    const rows = series.map(([{ via: _, ...labels }, value]) => [JSON.stringify(labels), value]);
    return Object.fromEntries(rows);
  }

  test.each(formats)(
    '%s: the same samples, and series end at the same moments',
    async (format) => {
      const straight = await seen('straight');
      expect(await seen(format)).toEqual(straight);
      const goneAt = straight.moments.map((moment) =>
        Object.keys(moment as object).some((labels) => labels.includes('"gone"')),
      );
      // There, gone by a marker, and there again.
      expect(goneAt.join()).toMatch(/true,false(?:,false)*,true/);
      expect(Object.keys(straight.stored).length).toBeGreaterThanOrEqual(10);
    },
    timeoutMs,
  );
});
