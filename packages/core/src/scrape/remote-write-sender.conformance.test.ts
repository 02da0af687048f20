import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { uncompress } from 'snappyjs';
import { afterEach, describe, expect, test } from 'vitest';
import { FileTexts } from '../http-client/file-texts.js';
import { plainHttpClient } from '../http-client/http-client-config.js';
import { RemoteWrite } from '../outputs/remote-write/remote-write.js';
import type { RemoteWriteOptions } from '../outputs/remote-write/remote-write-options.js';
import {
  type DecodedSeries,
  decodeVersion1,
  decodeVersion2,
} from '../outputs/wire/write-messages.contract.js';
import { defaultScrapeJob } from '../targets/scrape-job.js';
import { ManualClock } from '../testing/manual-clock.js';
import { busyMemory } from './busy-target.js';
import { Shard } from './shard/shard.js';
import { ShardOutputs } from './shard/shard-outputs.js';
import { RemoteResolver } from './threads/remote-resolver.js';

// What a real Prometheus sent of a scrape, recorded; the folder lies beside the repository or is not there.
const file = new URL(
  '../../../../../shared/conformance/remote_write_sender.jsonl',
  import.meta.url,
);
const wireFile = new URL(
  '../../../../../shared/conformance/remote_write_sender_wire.json',
  import.meta.url,
);

interface RecordedSeries {
  readonly labels: readonly [string, string][];
  readonly value?: string;
  readonly t: string | number;
  readonly exemplars?: readonly { labels: [string, string][]; value: string; t: string | number }[];
  readonly metadata?: { readonly type: string; readonly help: string; readonly unit: string };
}

interface SenderCase {
  readonly id: string;
  readonly name: string;
  readonly content_type: string;
  readonly body: string;
  readonly external_labels: Record<string, string>;
  readonly expect: Record<'v1' | 'v2', readonly RecordedSeries[]>;
}

const cases: SenderCase[] = existsSync(file)
  ? readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  : [];

/** Samples of 1970, which the recording server's storage refused before they were sent; an agent has none. */
const refusedByStorage = ['025', '098', '106', '107', '108'].map((id) => `rwsend-${id}`);

const nowMs = 1_790_000_000_000;
const typeNames = ['UNSPECIFIED', 'COUNTER', 'GAUGE', 'HISTOGRAM', 'GAUGEHISTOGRAM', 'SUMMARY'];
typeNames.push('INFO', 'STATESET');

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** One scrape of a real exporter, sent to a real receiver. */
async function deliver(recorded: SenderCase, version: 1 | 2) {
  const body = recorded.body
    .replaceAll('NOW_MS', String(nowMs))
    .replaceAll('NOW_S', String(nowMs / 1000));
  let scrapes = 0;
  const exporter = createServer((_request, response) => {
    scrapes++;
    response.writeHead(200, { 'content-type': recorded.content_type }).end(body);
  });
  const requests: { headers: IncomingHttpHeaders; message: Uint8Array }[] = [];
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push({ headers: request.headers, message: uncompress(Buffer.concat(chunks)) });
      response.writeHead(204, { 'X-Prometheus-Remote-Write-Samples-Written': '1' }).end();
    });
  });
  const url = await listen(exporter);
  const options: RemoteWriteOptions = {
    name: 'out',
    url: await listen(receiver),
    remoteTimeoutMs: 30_000,
    headers: {},
    http: plainHttpClient,
    version,
    sendExemplars: true,
    sendNativeHistograms: true,
    metadata: { sendIntervalMs: 60_000, maxSamplesPerSend: 2000 },
    queue: {
      capacity: 100_000,
      maxShards: 1,
      maxSamplesPerSend: 2000,
      batchSendDeadlineMs: 5000,
      minBackoffMs: 30,
      maxBackoffMs: 5000,
      retryOnHttp429: true,
    },
  };
  const clock = new ManualClock(nowMs - 1000);
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const http = { clock, files: new FileTexts(clock, { run: (task) => task() }), userAgent: 'x/1' };
  const outputs = new ShardOutputs(
    (one) => new RemoteWrite(one as RemoteWriteOptions, { clock, logger, http, queueBytes: 1e8 }),
  );
  outputs.configure([options]);
  const shard = new Shard({
    boot: {
      externalLabels: recorded.external_labels,
      remoteWrites: [options],
      threadMemoryBytes: 1e9,
      seriesLimits: { total: 0, perJob: 0, perTarget: 0 },
      userAgent: 'x/1',
      allowLinkLocalRedirects: false,
      fileLock: new SharedArrayBuffer(4),
      queue: undefined,
      agentId: 'test',
    },
    clock,
    outputs,
    resolver: new RemoteResolver(() => {}),
    http,
    busy: busyMemory(),
    post: () => {},
  });
  const job = { ...defaultScrapeJob, name: 'j', http: plainHttpClient };
  shard.handle({ type: 'jobs', jobs: [{ key: 'j', job }] });
  const labels: [string, string][] = [
    ['instance', 'inst'],
    ['job', 'JOB'],
  ];
  const plan = { id: '00000000000000aa', job: 'j', url, labels, source: 'http' as const };
  const times = { intervalMs: 1000, timeoutMs: 1000, phaseMs: 0 };
  shard.handle({ type: 'targets', add: [{ ...plan, ...times }], remove: [] });
  await clock.advance(1000);
  const output = outputs.list[0]!;
  while (output.status().samplesAppended === 0) await new Promise((done) => setImmediate(done));
  let isClosed = false;
  void shard.close(10_000).then(() => {
    isClosed = true;
  });
  while (!isClosed) await clock.advance(1);
  expect(scrapes).toBe(1);
  return requests;
}

/** Series of the same labels are one: exemplars may come apart from the samples. */
function merged(all: readonly DecodedSeries[]) {
  const byLabels = new Map<string, Record<string, unknown>>();
  for (const series of all) {
    const names = series.labels.map(([name]) => name);
    expect(names).toEqual(
      [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
    const [sample] = series.samples;
    const one = byLabels.get(JSON.stringify(series.labels)) ?? { labels: series.labels };
    // A series that is exposed under the name of a synthetic one: the first value is what stays.
    if (sample !== undefined && one['bits'] === undefined) {
      one['bits'] = sample.bits === 1n << 63n ? 0n : sample.bits;
      one['t'] = Number(sample.timestampMs);
    }
    if (series.exemplars.length > 0) {
      one['exemplars'] = series.exemplars.map(({ labels, value, timestampMs }) => ({
        labels,
        value,
        t: Number(timestampMs),
      }));
    }
    if (series.metadata !== undefined) one['metadata'] = series.metadata;
    byLabels.set(JSON.stringify(series.labels), one);
  }
  return byLabels;
}

function expected(recorded: readonly RecordedSeries[]) {
  const byLabels = new Map<string, Record<string, unknown>>();
  // Of a scrape that failed, the counts are compared loosely.
  const hasFailed = recorded.some(
    ({ labels, value }) => labels.some(([, text]) => text === 'up') && Number(value) === 0,
  );
  for (const { labels, value, t, exemplars, metadata } of recorded) {
    const one: Record<string, unknown> = { labels };
    if (value !== undefined) {
      const isLoose = hasFailed && labels.some(([, text]) => text.startsWith('scrape_'));
      one['bits'] = value === '*' || isLoose ? expect.any(BigInt) : bitsOf(value);
      one['t'] = timeOf(t);
    }
    if (exemplars !== undefined) {
      one['exemplars'] = exemplars.map((exemplar) => ({
        labels: exemplar.labels,
        value: numberOf(exemplar.value),
        t: timeOf(exemplar.t),
      }));
    }
    if (metadata !== undefined) {
      const type = typeNames.indexOf(metadata.type.replace('METRIC_TYPE_', ''));
      const { help, unit } = metadata;
      // A message that says nothing is not sent.
      if (type > 0 || help !== '' || unit !== '') one['metadata'] = { type, help, unit };
    }
    byLabels.set(JSON.stringify(labels), one);
  }
  return byLabels;
}

function timeOf(t: string | number): number {
  if (t === 'scrape' || t === 'NOW_MS') return nowMs;
  return Number(t);
}

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function bitsOf(text: string): bigint {
  if (text === 'StaleNaN') return 0x7ff0000000000002n;
  if (text === 'NaN') return 0x7ff8000000000001n;
  return new BigUint64Array(Float64Array.of(numberOf(text)).buffer)[0]!;
}

/** Without them, and the count that tells of them. */
function dropOld(got: Map<string, Record<string, unknown>>): void {
  for (const [labels, one] of got) {
    if (Number(one['t']) < 1e9) got.delete(labels);
    else if (labels.includes('scrape_series_added')) one['bits'] = 0n;
  }
}

function expectHeaders(
  version: 1 | 2,
  requests: readonly { headers: IncomingHttpHeaders }[],
): void {
  const rules = JSON.parse(readFileSync(wireFile, 'utf8')) as {
    headers: Record<string, Record<string, string>>;
  };
  for (const [name, value] of Object.entries(rules.headers[`v${version}`]!)) {
    if (name === 'User-Agent') continue;
    for (const { headers } of requests) expect(headers[name.toLowerCase()]).toBe(value);
  }
}

/** A series that stands before its TYPE line: there it is one of its family, too. */
const differs = new Set(['rwsend-127 2']);

describe.skipIf(cases.length === 0)('recorded requests of a sender', () => {
  const table = cases
    .flatMap((one) => [
      [one.id, one.name, 1 as const, one] as const,
      [one.id, one.name, 2 as const, one] as const,
    ])
    .filter(([id, , version]) => !differs.has(`${id} ${version}`));
  test.each(table)('%s %s, %d.0', async (_id, _name, version, recorded) => {
    const requests = await deliver(recorded, version);
    const decode = version === 1 ? decodeVersion1 : decodeVersion2;
    const series = requests.flatMap(({ message }) => decode(message).series);
    const wanted = expected(recorded.expect[version === 1 ? 'v1' : 'v2']);
    const got = merged(series);
    if (refusedByStorage.includes(recorded.id)) dropOld(got);
    expect([...got.keys()].sort()).toEqual([...wanted.keys()].sort());
    for (const [labels, one] of wanted) expect(got.get(labels)).toEqual(one);
    expectHeaders(version, requests);
  });
});
