import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { FileTexts } from '../http-client/file-texts.js';
import { plainHttpClient } from '../http-client/http-client-config.js';
import type { Output, OutputStatus } from '../outputs/output.js';
import type { ScrapeBatch } from '../outputs/scrape-batch.js';
import { defaultScrapeJob, type ScrapeJob } from '../targets/scrape-job.js';
import { ManualClock } from '../testing/manual-clock.js';
import { busyMemory } from './busy-target.js';
import type { FromShard } from './messages.js';
import { RemoteResolver } from './remote-resolver.js';
import { Shard } from './shard.js';
import type { TargetPlan } from './target-plan.js';

const servers: Server[] = [];
const shards: Shard[] = [];

afterEach(async () => {
  for (const shard of shards.splice(0)) await shard.close(0);
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A batch as plain data: series text to value; `null` is a stale marker. */
interface Taken {
  readonly timestampMs: number;
  readonly layout: number;
  readonly samples: Record<string, number | null>;
}

class RecordingOutput implements Output {
  readonly name = 'recording';
  readonly memoryBytes = 0;
  readonly taken: Taken[] = [];
  readonly forgotten: string[] = [];

  append(batch: ScrapeBatch): void {
    const samples: Record<string, number | null> = {};
    for (let i = 0; i < batch.count; i++) {
      samples[seriesText(batch.series.labelBytes(batch.refs[i]!))] = batch.values[i]!;
    }
    for (let i = 0; i < batch.staleCount; i++) {
      samples[seriesText(batch.series.labelBytes(batch.staleRefs[i]!))] = null;
    }
    this.taken.push({ timestampMs: batch.timestampMs, layout: batch.layout, samples });
  }

  async flush(): Promise<void> {}

  forget(targetId: string): void {
    this.forgotten.push(targetId);
  }

  status(): OutputStatus {
    throw new Error('not asked in these tests');
  }

  async close(): Promise<void> {}
}

/** Every label is shorter than 128 bytes here, so that each length is one byte. */
function seriesText(bytes: Uint8Array): string {
  const labels: string[] = [];
  const buffer = Buffer.from(bytes);
  let name = '';
  for (let at = 0; at < buffer.length; at += 2 + buffer[at + 1]!) {
    const nameLength = buffer[at + 3]!;
    const key = buffer.toString('utf8', at + 4, at + 4 + nameLength);
    const valueAt = at + 4 + nameLength + 2;
    const value = buffer.toString('utf8', valueAt, valueAt + buffer[valueAt - 1]!);
    if (key === '__name__') name = value;
    else if (key !== 'job' && key !== 'instance') labels.push(`${key}=${value}`);
  }
  return labels.length === 0 ? name : `${name}{${labels.join(',')}}`;
}

const job: ScrapeJob = {
  ...defaultScrapeJob,
  name: 'j',
  http: plainHttpClient,
  scrapeProtocols: ['PrometheusText0.0.4'],
};

const textType = { 'content-type': 'text/plain; version=0.0.4' };

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

function start(jobPatch: Partial<ScrapeJob> = {}, threadMemoryBytes = 1e9) {
  const clock = new ManualClock(1_000_000);
  const output = new RecordingOutput();
  const posted: FromShard[] = [];
  const shard = new Shard({
    boot: {
      externalLabels: {},
      remoteWrites: [],
      threadMemoryBytes,
      userAgent: 'test',
      allowLinkLocalRedirects: false,
      fileLock: new SharedArrayBuffer(4),
    },
    clock,
    outputs: [Object.assign(output, { status: () => ({}) as OutputStatus })],
    resolver: new RemoteResolver(() => {}),
    http: { clock, files: new FileTexts(clock, { run: (task) => task() }), userAgent: 'test' },
    busy: busyMemory(),
    post: (message) => posted.push(message),
  });
  shards.push(shard);
  shard.handle({ type: 'jobs', jobs: [{ key: 'j', job: { ...job, ...jobPatch } }] });
  const plan = (url: string, patch: Partial<TargetPlan> = {}): TargetPlan => ({
    id: '00000000000000aa',
    job: 'j',
    url,
    labels: [
      ['instance', 'h'],
      ['job', 'j'],
    ],
    intervalMs: 1000,
    timeoutMs: 1000,
    phaseMs: 0,
    source: 'http',
    ...patch,
  });
  /** Moves to the next tick and waits, in real time, for its batch. */
  const tick = async (): Promise<Taken> => {
    const before = output.taken.length;
    await clock.advance(1000);
    while (output.taken.length === before) await new Promise((resolve) => setImmediate(resolve));
    return output.taken.at(-1)!;
  };
  const loop = () => [...shard.loops][0]!;
  return { clock, shard, output, posted, plan, tick, loop };
}

/** Serves the given bodies in turn; the last one for ever. */
function bodies(...all: (string | { status: number })[]): RequestListener {
  return (_request, response) => {
    const body = all.length > 1 ? all.shift()! : all[0]!;
    if (typeof body === 'string') response.writeHead(200, textType).end(body);
    else response.writeHead(body.status).end();
  };
}

const synthetic = (up: number, scraped: number, post: number, added: number) => ({
  up,
  scrape_samples_scraped: scraped,
  scrape_samples_post_metric_relabeling: post,
  scrape_series_added: added,
  scrape_duration_seconds: expect.any(Number),
});

test('a scrape gives its samples and the synthetic ones at the time of the tick', async () => {
  const { shard, plan, tick } = start();
  shard.handle({
    type: 'targets',
    add: [plan(await serve(bodies('a 1\nb{x="y"} 2.5\n')))],
    remove: [],
  });
  expect(await tick()).toEqual({
    timestampMs: 1_001_000,
    layout: 1,
    samples: { a: 1, 'b{x=y}': 2.5, ...synthetic(1, 2, 2, 2) },
  });
});

test('the same series in the same order keep their layout, new ones change it', async () => {
  const { shard, plan, tick } = start();
  const url = await serve(bodies('a 1\nb 2\n', 'a 3\nb 4\n', 'a 5\nb 6\nc 7\n', 'a 5\nb 6\nc 8\n'));
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  const layouts = [];
  for (let i = 0; i < 4; i++) layouts.push((await tick()).layout);
  expect(layouts).toEqual([1, 1, 2, 2]);
});

test('a series that is missing gets one stale marker, and is new when it comes back', async () => {
  const { shard, plan, tick } = start();
  const url = await serve(bodies('a 1\nb 2\n', 'a 1\n', 'a 1\n', 'a 1\nb 3\n'));
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  await tick();
  expect((await tick()).samples).toEqual({ a: 1, b: null, ...synthetic(1, 1, 1, 0) });
  expect((await tick()).samples).toEqual({ a: 1, ...synthetic(1, 1, 1, 0) });
  expect((await tick()).samples).toEqual({ a: 1, b: 3, ...synthetic(1, 2, 2, 1) });
});

test('a failed scrape marks all series stale and says up 0; the next good one goes on', async () => {
  const { shard, plan, tick, loop } = start();
  const url = await serve(bodies('a 1\nb 2\n', { status: 503 }, { status: 503 }, 'a 1\nb 2\n'));
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  await tick();
  expect((await tick()).samples).toEqual({ a: null, b: null, ...synthetic(0, 0, 0, 0) });
  expect(loop().status).toMatchObject({ health: 'down', lastReason: 'status' });
  expect((await tick()).samples).toEqual(synthetic(0, 0, 0, 0));
  expect((await tick()).samples).toEqual({ a: 1, b: 2, ...synthetic(1, 2, 2, 0) });
});

test('an empty body is up 1 with all series stale', async () => {
  const { shard, plan, tick } = start();
  shard.handle({ type: 'targets', add: [plan(await serve(bodies('a 1\n', '')))], remove: [] });
  await tick();
  expect((await tick()).samples).toEqual({ a: null, ...synthetic(1, 0, 0, 0) });
});

test('a target that goes gets markers for all it had at its next tick', async () => {
  const { shard, plan, tick, output } = start();
  shard.handle({ type: 'targets', add: [plan(await serve(bodies('a 1\n')))], remove: [] });
  await tick();
  shard.handle({ type: 'targets', add: [], remove: [{ id: plan('').id, end: 'gone' }] });
  const last = await tick();
  expect(last.timestampMs).toBe(1_002_000);
  expect(last.samples).toEqual({
    a: null,
    up: null,
    scrape_duration_seconds: null,
    scrape_samples_scraped: null,
    scrape_samples_post_metric_relabeling: null,
    scrape_series_added: null,
  });
  expect(output.forgotten).toEqual([plan('').id]);
});

test('a target that moves to another thread gets no marker', async () => {
  const { shard, plan, tick, clock, output } = start();
  shard.handle({ type: 'targets', add: [plan(await serve(bodies('a 1\n')))], remove: [] });
  await tick();
  shard.handle({ type: 'targets', add: [], remove: [{ id: plan('').id, end: 'moved' }] });
  await clock.advance(5000);
  expect(output.taken).toHaveLength(1);
});

test('a target whose interval changes keeps its series', async () => {
  const { shard, plan, tick } = start();
  const url = await serve(bodies('a 1\nb 2\n', 'a 1\n'));
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  await tick();
  shard.handle({ type: 'targets', add: [plan(url, { timeoutMs: 500 })], remove: [] });
  expect((await tick()).samples).toEqual({ a: 1, b: null, ...synthetic(1, 1, 1, 0) });
});

test('a series twice in a body: the first value counts', async () => {
  const { shard, plan, tick } = start();
  shard.handle({ type: 'targets', add: [plan(await serve(bodies('a 1\na 2\n')))], remove: [] });
  expect((await tick()).samples).toEqual({ a: 1, ...synthetic(1, 2, 2, 1) });
});

test('two spellings of one series are one series', async () => {
  const { shard, plan, tick } = start();
  const url = await serve(bodies('a{x="1",y="2"} 1\na{y="2", x="1"} 2\n'));
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  expect((await tick()).samples).toEqual({ 'a{x=1,y=2}': 1, ...synthetic(1, 2, 2, 1) });
});

test('sample_limit refuses the whole scrape and marks what the body had not up to there', async () => {
  const { shard, plan, tick, loop } = start({ sampleLimit: 2 });
  const url = await serve(bodies('a 1\nb 2\n', 'c 3\na 1\nb 2\n'));
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  await tick();
  expect((await tick()).samples).toEqual({ b: null, ...synthetic(0, 3, 3, 1) });
  expect(loop().status.lastReason).toBe('sample_limit');
});

test('metric relabelling drops and renames, once per series', async () => {
  const rule = {
    sourceLabels: ['__name__'],
    separator: ';',
    regex: 'b',
    modulus: 0,
    targetLabel: '',
    replacement: '$1',
    action: 'drop' as const,
  };
  const { shard, plan, tick } = start({ metricRelabelRules: [rule] });
  const url = await serve(bodies('a 1\nb 2\n', 'a 3\nb 4\n'));
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  expect((await tick()).samples).toEqual({ a: 1, ...synthetic(1, 2, 1, 1) });
  expect((await tick()).samples).toEqual({ a: 3, ...synthetic(1, 2, 1, 0) });
});

// name, response, reason
const failures: [string, RequestListener, string][] = [
  ['garbage', (_q, r) => r.writeHead(200, textType).end('<html>404 {{{'), 'syntax'],
  ['no content type', (_q, r) => r.writeHead(200).end('a 1\n'), 'content_type'],
  ['204', (_q, r) => r.writeHead(204).end(), 'status'],
  ['a redirect loop', (_q, r) => r.writeHead(302, { location: '/again' }).end(), 'redirect'],
  [
    'a redirect to a file',
    (_q, r) => r.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    'redirect',
  ],
  [
    'a body that is not gzip',
    (_q, r) => r.writeHead(200, { ...textType, 'content-encoding': 'gzip' }).end('a 1\n'),
    'encoding',
  ],
  [
    'an encoding nobody asked for',
    (_q, r) => r.writeHead(200, { ...textType, 'content-encoding': 'br' }).end('a 1\n'),
    'encoding',
  ],
  [
    'half a gzip body',
    (_q, r) =>
      r
        .writeHead(200, { ...textType, 'content-encoding': 'gzip' })
        .end(gzipSync('a 1\n'.repeat(9999)).subarray(0, 40)),
    'truncated',
  ],
  [
    'half a body, then a reset',
    (_q, r) => {
      r.writeHead(200, { ...textType, 'content-length': '100' });
      r.write('a 1\n', () => r.socket?.resetAndDestroy());
    },
    'truncated',
  ],
  ['a reset before any byte', (_q, r) => r.socket?.resetAndDestroy(), 'connect'],
  [
    'a gzip bomb',
    (_q, r) =>
      r
        .writeHead(200, { ...textType, 'content-encoding': 'gzip' })
        .end(gzipSync(Buffer.alloc(3e8))),
    'memory',
  ],
  [
    'an endless body',
    (_q, r) => {
      r.writeHead(200, textType);
      const more = () => {
        while (!r.destroyed && r.write(Buffer.alloc(1 << 20, '#')));
      };
      r.on('drain', more);
      more();
    },
    'memory',
  ],
];

test.each(failures)('%s gives up 0', async (_name, listener, reason) => {
  const { shard, plan, tick, loop } = start({}, 2e8);
  shard.handle({ type: 'targets', add: [plan(await serve(listener))], remove: [] });
  expect((await tick()).samples).toEqual(synthetic(0, 0, 0, 0));
  expect(loop().status).toMatchObject({ health: 'down', lastReason: reason });
  expect(loop().status.lastError).not.toBe('');
});

test('a target that hangs fails after its timeout and disturbs no other', async () => {
  const { shard, plan, clock, output, loop } = start();
  const good = plan(await serve(bodies('a 1\n')), { id: '00000000000000bb' });
  const bad = plan(await serve(() => {}), { timeoutMs: 700 });
  shard.handle({ type: 'targets', add: [bad, good], remove: [] });
  await clock.advance(1000);
  while (output.taken.length < 1) await new Promise((resolve) => setImmediate(resolve));
  expect(output.taken[0]!.samples).toMatchObject({ a: 1, up: 1 });
  await clock.advance(700);
  while (output.taken.length < 2) await new Promise((resolve) => setImmediate(resolve));
  expect(loop().status).toMatchObject({ lastReason: 'timeout' });
  expect(output.taken[1]!.timestampMs).toBe(1_001_000);
});

test('a kept socket that the exporter closed meanwhile costs no scrape', async () => {
  const { shard, plan, tick, loop } = start();
  let requests = 0;
  const url = await serve((request, response) => {
    requests++;
    // The second request on a socket finds it dead before the first byte, as after a restart.
    if (requests === 2) request.socket.destroy();
    else response.writeHead(200, textType).end('a 1\n');
  });
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  await tick();
  await tick();
  expect(loop().status).toMatchObject({ health: 'up' });
  expect(requests).toBe(3);
});

test('bodies of a removed target are given back, and so is its memory', async () => {
  const { shard, plan, tick, posted, clock } = start();
  shard.handle({
    type: 'targets',
    add: [plan(await serve(bodies('a 1\n'.repeat(1))))],
    remove: [],
  });
  await tick();
  shard.handle({ type: 'targets', add: [], remove: [{ id: plan('').id, end: 'moved' }] });
  await clock.advance(1000);
  const summaries = posted.flatMap((message) =>
    message.type === 'summary' ? message.summary : [],
  );
  expect(summaries.at(-1)!.counters).toMatchObject({ series: 0 });
  // What is left is the receive buffer that is kept for the next scrape and the empty tables.
  expect(summaries.at(-1)!.counters.memoryBytes).toBeLessThanOrEqual(24 * 1024);
});
