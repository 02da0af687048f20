import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServedBody, serveBody } from '../exporters/serve-body.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { type ExporterServer, startNodeExporter } from '../servers/node-exporter.js';
import {
  type PrometheusServer,
  type QueriedSeries,
  startPrometheus,
} from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { startWorker, type WorkerProcess } from '../servers/worker.js';

const intervalMs = 1000;
const scrapeTimes = { scrape_interval: '1s', scrape_timeout: '900ms' };

/** Values that are easily lost on the way: text in the exposition, what a reader must find. */
const exactValues: [text: string, value: number][] = [
  ['0', 0],
  ['-0', -0],
  ['1', 1],
  ['0.1', 0.1],
  ['-1.5', -1.5],
  ['1e-320', 1e-320],
  ['5e-324', 5e-324],
  ['1.7976931348623157e+308', Number.MAX_VALUE],
  ['9007199254740993', 9007199254740992],
  ['123456789012345680', 123456789012345680],
  ['0.30000000000000004', 0.1 + 0.2],
  ['1.8446744073709552e+19', 2 ** 64],
  ['NaN', Number.NaN],
  ['+Inf', Number.POSITIVE_INFINITY],
  ['-Inf', Number.NEGATIVE_INFINITY],
];

/** The nth body (from 0): fixed series, one that counts, one that is there in every other body. */
function exactBody(scrape: number): ServedBody {
  const lines = [
    '# TYPE exact_scrape gauge',
    `exact_scrape ${scrape}`,
    ...exactValues.map(([text], i) => `exact_value{number="${i}"} ${text}`),
    'exact_escaped{label="a\\\\b\\"c\\nd"} 1',
    'exact_unicode{label="größe 😀"} 1',
    '{"exact.dotted.größe","lab.el"="ö"} 2',
    'exact_dropped 1',
    'exact_clash{instance="exposed",job="exposed"} 3',
    ...(scrape % 2 === 0 ? ['exact_now_and_then 1'] : []),
  ];
  return {
    body: `${lines.join('\n')}\n`,
    headers: { 'content-type': 'text/plain; version=1.0.0; escaping=allow-utf-8; charset=utf-8' },
  };
}

const messages = ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'] as const;
const isMissing = requireServer('prometheus', 'node_exporter');

describe.skipIf(isMissing).each(messages)('a real Prometheus receives, by %s,', (message) => {
  let node: ExporterServer;
  let exact: FakeExporter;
  let prometheus: PrometheusServer;
  let worker: WorkerProcess;

  beforeAll(async () => {
    node = await startNodeExporter();
    exact = await startExporter(serveBody(exactBody));
    const nodeTargets = [{ targets: [node.address] }];
    prometheus = await startPrometheus({
      remoteWriteReceiver: true,
      config: {
        global: scrapeTimes,
        // The same exporter scraped by Prometheus itself, to compare with.
        scrape_configs: [{ job_name: 'direct', static_configs: nodeTargets }],
      },
    });
    worker = await startWorker({
      config: {
        global: { ...scrapeTimes, external_labels: { cluster: 'c1', team: 'external' } },
        scrape_configs: [
          { job_name: 'node', static_configs: nodeTargets },
          {
            job_name: 'exact',
            static_configs: [{ targets: [exact.address], labels: { team: 'own' } }],
            relabel_configs: [
              { source_labels: ['__address__'], regex: '(.*):.*', target_label: 'host' },
            ],
            metric_relabel_configs: [
              { source_labels: ['__name__'], regex: 'exact_dropped', action: 'drop' },
            ],
          },
        ],
        remote_write: [
          {
            url: prometheus.remoteWriteUrl,
            protobuf_message: message,
            queue_config: { batch_send_deadline: '100ms' },
          },
        ],
        agent: { self: { enabled: false } },
      },
    });
    await prometheus.find('exact_scrape > 3 and on() up{job="node"} and on() up{job="direct"}');
  });

  afterAll(async () => {
    await worker?.stop();
    await prometheus?.stop();
    await exact?.stop();
    await node?.stop();
  });

  /** The labels of the exact job's series, beside the exposed ones. */
  const targetLabels = () => ({
    job: 'exact',
    instance: exact.address,
    host: '127.0.0.1',
    team: 'own',
    cluster: 'c1',
  });

  it('the values the exporter served, bit for bit', async () => {
    const series = await prometheus.query('exact_value');
    const found = series.map(({ labels, samples }) => [labels['number'], samples[0]?.value]);
    const served = exactValues.map(([, value], number) => [String(number), value]);
    expect(sortByNumber(found)).toStrictEqual(sortByNumber(served));
  });

  it('each scrape once, at the ticks of one grid', async () => {
    const [series] = await prometheus.query('exact_scrape[1h]');
    const samples = series?.samples ?? [];
    expect(samples.map(({ value }) => value)).toStrictEqual(samples.map((_, scrape) => scrape));
    // On a busy machine one starts more than a tenth of the interval late, and has its own time then.
    const lateMs = samplesOffTheirGrid(samples);
    expect(lateMs.filter((late) => late > 0 && late <= intervalMs / 10)).toEqual([]);
    expect(lateMs.filter((late) => late === 0).length).toBeGreaterThan(lateMs.length / 2);
  });

  it('the labels: target, external, exposed, relabelled, escaped, UTF-8', async () => {
    const series = await prometheus.query('{job="exact",__name__!~"exact_value|exact_now.*"}');
    const own = series.filter(({ labels }) => !/^(up|scrape_.*)$/.test(labels['__name__'] ?? ''));
    const expected = [
      { __name__: 'exact_scrape' },
      { __name__: 'exact_escaped', label: 'a\\b"c\nd' },
      { __name__: 'exact_unicode', label: 'größe 😀' },
      { __name__: 'exact.dotted.größe', 'lab.el': 'ö' },
      { __name__: 'exact_clash', exported_instance: 'exposed', exported_job: 'exposed' },
    ].map((labels) => ({ ...labels, ...targetLabels() }));
    expect(sortLabels(own)).toStrictEqual(expected.map(labelText).toSorted());
  });

  it('up and the other synthetic series', async () => {
    const series = await prometheus.query('{job="exact",__name__=~"up|scrape_.*"}');
    const values = Object.fromEntries(
      series.map(({ labels, samples }) => [labels['__name__'], samples[0]?.value]),
    );
    const scraped = values['scrape_samples_scraped'];
    expect(values).toStrictEqual({
      up: 1,
      scrape_duration_seconds: expect.any(Number),
      scrape_samples_scraped: scraped,
      scrape_samples_post_metric_relabeling: Number(scraped) - 1,
      scrape_series_added: expect.any(Number),
    });
    for (const { labels } of series) {
      expect(labels).toStrictEqual({ __name__: labels['__name__'], ...targetLabels() });
    }
  });

  it('a stale marker where a series is missing from a scrape', async () => {
    const [counted] = await prometheus.query('exact_scrape[1h]');
    const odd = counted?.samples.findLast(({ value }) => value % 2 === 1);
    const at = async (timestampMs: number): Promise<number> =>
      (await prometheus.query('exact_now_and_then', timestampMs)).length;
    expect(await at((odd?.timestampMs ?? 0) - 1)).toBe(1);
    expect(await at(odd?.timestampMs ?? 0)).toBe(0);
  });

  it('the same series of a node_exporter as Prometheus itself', async () => {
    const seriesOf = async (job: string): Promise<string[]> => {
      const series = await prometheus.query(`{job="${job}"}`);
      return sortLabels(
        series.map(({ labels, ...rest }) => {
          const { cluster: _cluster, team: _team, job: _job, ...others } = labels;
          return { labels: others, ...rest };
        }),
      );
    };
    const direct = await seriesOf('direct');
    expect(direct.length).toBeGreaterThan(300);
    expect(await seriesOf('node')).toStrictEqual(direct);
  });

  it('the values of a node_exporter that Prometheus itself finds', async () => {
    // What no scrape changes: the machine and the builds.
    const names =
      'node_boot_time_seconds|node_memory_MemTotal_bytes|.*_info|node_filesystem_size.*';
    const valuesOf = async (job: string): Promise<unknown[]> => {
      const series = await prometheus.query(`{job="${job}",__name__=~"${names}"}`);
      return series
        .map(({ labels, samples }) => [labels['__name__'], labels['device'], samples[0]?.value])
        .toSorted();
    };
    const direct = await valuesOf('direct');
    expect(direct.length).toBeGreaterThan(5);
    expect(await valuesOf('node')).toStrictEqual(direct);
  });

  it('staleness within two intervals after an exporter stops', async () => {
    // A scrape of this tick may find its exporter gone already: the tick before it did not.
    const servingMs = Date.now() - intervalMs;
    await node.stop();
    await exact.stop();
    const stoppedMs = Date.now();
    const down = () => prometheus.query('sum(up{job=~"node|exact"} == 0) by (job)');
    await expect.poll(down, { timeout: 30_000 }).toHaveLength(2);
    const left = await prometheus.query(
      '{job=~"node|exact",__name__!~"up|scrape_.*"}',
      stoppedMs + 2 * intervalMs,
    );
    expect(left).toStrictEqual([]);
    const seen = await prometheus.query('{job=~"node|exact",__name__!~"up|scrape_.*"}', servingMs);
    expect(seen.length).toBeGreaterThan(300);
  });

  it('every scrape that was served, once the worker has stopped', async () => {
    await worker.stop();
    const [series] = await prometheus.query('exact_scrape[1h]');
    expect(series?.samples.map(({ value }) => value)).toStrictEqual(
      exact.requests.map((_, i) => i),
    );
  });
});

function sortByNumber(pairs: readonly (readonly unknown[])[]): unknown[] {
  return pairs.toSorted((a, b) => Number(a[0]) - Number(b[0]));
}

function sortLabels(series: readonly QueriedSeries[]): string[] {
  return series.map(({ labels }) => labelText(labels)).toSorted();
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** By how much each is behind the ticks of the grid that most are on. */
function samplesOffTheirGrid(samples: readonly { readonly timestampMs: number }[]): number[] {
  const offsets = samples.map(({ timestampMs }) => timestampMs % intervalMs);
  const times = (offset: number): number => offsets.filter((one) => one === offset).length;
  const grid = offsets.reduce((most, one) => (times(one) > times(most) ? one : most), 0);
  return offsets.map((offset) => (offset - grid + intervalMs) % intervalMs);
}
