import type { RequestListener } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { bodies, cleanUp, serve, start, synthetic, textType } from './shard-harness.contract.js';

afterEach(cleanUp);

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

test('a target that goes before its first tick leaves nothing behind', async () => {
  const { shard, plan, clock, output, loop } = start();
  shard.handle({ type: 'targets', add: [plan('http://127.0.0.1:1/')], remove: [] });
  expect(loop().series).toBeUndefined();
  expect([...shard.lastBatches()]).toEqual([]);
  shard.handle({ type: 'targets', add: [], remove: [{ id: plan('').id, end: 'gone' }] });
  await clock.advance(1000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(output.taken).toEqual([]);
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
    (_q, r) =>
      r.writeHead(200, { ...textType, 'content-encoding': 'br' }).end(brotliCompressSync('a 1\n')),
    'syntax',
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

test('a thread over its memory has the fullest queue give way, and goes on', async () => {
  const { shard, plan, output, clock, tick, loop } = start({}, 1e8);
  const asked: number[] = [];
  output.makeRoom = (bytes) => {
    asked.push(bytes);
  };
  shard.handle({ type: 'targets', add: [plan(await serve(bodies('a 1\n')))], remove: [] });
  await tick();
  expect(asked).toEqual([]);
  Object.assign(output, { memoryBytes: 2e8 });
  await clock.advance(1000);
  expect(asked.at(-1)).toBeGreaterThanOrEqual(1e8);
  Object.assign(output, { memoryBytes: 0 });
  expect((await tick()).samples).toMatchObject({ up: 1 });
  expect(loop().status.health).toBe('up');
});
