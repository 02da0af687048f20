import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { answers, type RunningProcess, startProcess } from './start-process.js';
import { tempFolder } from './temp-folder.js';

export interface PrometheusOptions {
  /** `prometheus-2.24` has Consul's discovery, which Debian's newer ones lack. Default: `prometheus`. */
  readonly program?: 'prometheus' | 'prometheus-2.24';
  /** prometheus.yml, as text or as the object it stands for. Default: empty. */
  readonly config?: string | object;
  readonly flags?: readonly string[];
  /** Take remote_write requests. Default false. */
  readonly remoteWriteReceiver?: boolean;
  /** Agent mode: scrapes and sends, stores nothing, answers no query. Default false. */
  readonly agent?: boolean;
}

/** A series of a query's result: one sample of an instant query, several of a range selector. */
export interface QueriedSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Empty for a native histogram. */
  readonly samples: readonly { readonly timestampMs: number; readonly value: number }[];
  /** Of an instant query; undefined for all but native histograms. */
  readonly histogram: QueriedHistogram | undefined;
  /** Of a range selector: native histograms as stored. */
  readonly histograms: readonly {
    readonly timestampMs: number;
    readonly histogram: QueriedHistogram;
  }[];
}

/** Exemplars of a series. */
export interface QueriedExemplars {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: string;
    /** Unix seconds. */
    readonly timestamp: number;
  }[];
}

/** As the HTTP API gives it. */
export interface QueriedHistogram {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly [boundaries: number, left: string, right: string, count: string][];
}

export interface PrometheusServer {
  readonly url: string;
  readonly remoteWriteUrl: string;
  /** Its prometheus.yml, for tests that change it. */
  readonly configFile: string;
  readonly process: RunningProcess;
  /** The HTTP API's instant query, at a moment or now; a range selector gives samples as stored. */
  query(promql: string, atMs?: number): Promise<readonly QueriedSeries[]>;
  /** Of the series a selector finds, between two moments. */
  exemplars(selector: string, fromMs: number, toMs: number): Promise<readonly QueriedExemplars[]>;
  /** Asks until the query finds something, at most 30 s. */
  find(promql: string): Promise<readonly QueriedSeries[]>;
  /** Ends the process and removes its folder. */
  stop(): Promise<void>;
}

export async function startPrometheus(options: PrometheusOptions = {}): Promise<PrometheusServer> {
  const folder = await tempFolder('prometheus');
  const url = `http://127.0.0.1:${await freePort()}`;
  const configFile = join(folder.path, 'prometheus.yml');
  const config = options.config ?? '';
  await writeFile(configFile, typeof config === 'string' ? config : JSON.stringify(config));
  const running = await startProcess({
    command: options.program ?? 'prometheus',
    args: [
      `--config.file=${configFile}`,
      `--web.listen-address=${new URL(url).host}`,
      '--log.level=warn',
      ...storageFlags(options, join(folder.path, 'data')),
      ...(options.flags ?? []),
    ],
    cwd: folder.path,
    ready: answers(`${url}/-/ready`),
  }).catch(async (error: unknown) => {
    await folder.remove();
    throw error;
  });
  return {
    url,
    remoteWriteUrl: `${url}/api/v1/write`,
    configFile,
    process: running,
    query: (promql, atMs) => query(url, promql, atMs),
    exemplars: (selector, fromMs, toMs) => exemplars(url, selector, fromMs, toMs),
    find: (promql) => find(url, promql),
    async stop() {
      await running.stop();
      await folder.remove();
    },
  };
}

function storageFlags(options: PrometheusOptions, folder: string): string[] {
  if (options.agent) return ['--agent', `--storage.agent.path=${folder}`];
  const flags = [`--storage.tsdb.path=${folder}`];
  if (options.remoteWriteReceiver) flags.push('--web.enable-remote-write-receiver');
  return flags;
}

type ApiSample = [seconds: number, value: string];

interface ApiSeries {
  readonly metric: Record<string, string>;
  readonly value?: ApiSample;
  readonly values?: ApiSample[];
  readonly histogram?: [seconds: number, histogram: QueriedHistogram];
  readonly histograms?: [seconds: number, histogram: QueriedHistogram][];
}

async function query(url: string, promql: string, atMs?: number): Promise<QueriedSeries[]> {
  const form = new URLSearchParams({ query: promql });
  if (atMs !== undefined) form.set('time', (atMs / 1000).toFixed(3));
  const response = await fetch(`${url}/api/v1/query`, { method: 'POST', body: form });
  const answer = (await response.json()) as { error?: string; data?: { result: ApiSeries[] } };
  if (answer.data === undefined) throw new Error(`query ${promql}: ${answer.error}`);
  return answer.data.result.map((series) => ({
    labels: series.metric,
    samples: (series.values ?? (series.value ? [series.value] : [])).map(([seconds, value]) => ({
      timestampMs: Math.round(seconds * 1000),
      value: parseValue(value),
    })),
    histogram: series.histogram?.[1],
    histograms: (series.histograms ?? []).map(([seconds, histogram]) => ({
      timestampMs: Math.round(seconds * 1000),
      histogram,
    })),
  }));
}

async function exemplars(
  url: string,
  selector: string,
  fromMs: number,
  toMs: number,
): Promise<QueriedExemplars[]> {
  const form = new URLSearchParams({ query: selector });
  form.set('start', (fromMs / 1000).toFixed(3));
  form.set('end', (toMs / 1000).toFixed(3));
  const response = await fetch(`${url}/api/v1/query_exemplars`, { method: 'POST', body: form });
  const answer = (await response.json()) as { error?: string; data?: QueriedExemplars[] };
  if (answer.data === undefined) throw new Error(`exemplars ${selector}: ${answer.error}`);
  return answer.data;
}

const findTimeoutMs = 30_000;

async function find(url: string, promql: string): Promise<QueriedSeries[]> {
  const deadline = performance.now() + findTimeoutMs;
  for (;;) {
    const series = await query(url, promql);
    if (series.length > 0) return series;
    if (performance.now() > deadline) throw new Error(`nothing found in 30 s: ${promql}`);
    await delay(50);
  }
}

/** A sample value as Prometheus writes it in JSON. */
export function parseValue(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return Number(text);
}
