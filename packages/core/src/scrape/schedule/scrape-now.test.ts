import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import type { ScrapedNow } from '../../targets/scraped-now.js';
import {
  bodies,
  cleanUp,
  serve,
  start,
  synthetic,
  textType,
} from '../shard/shard-harness.contract.js';

afterEach(cleanUp);

const settled = () => new Promise((resolve) => setImmediate(resolve));

type Started = ReturnType<typeof start>;

function answers({ posted }: Started): ScrapedNow[] {
  return posted.flatMap((message) => (message.type === 'scraped-now' ? [message.scraped] : []));
}

async function scrapeNow(started: Started, targetId: string): Promise<ScrapedNow> {
  const before = answers(started).length;
  started.shard.handle({ type: 'scrape-now', id: 1, targetId });
  while (answers(started).length === before) await settled();
  return answers(started).at(-1)!;
}

async function startWith(...all: Parameters<typeof bodies>) {
  const started = start();
  const plan = started.plan(await serve(bodies(...all)));
  started.shard.handle({ type: 'targets', add: [plan], remove: [] });
  return { started, id: plan.id };
}

const text = ({ body }: ScrapedNow) => Buffer.from(body).toString();

test('a scrape on demand shows the answer and changes nothing of the target', async () => {
  const { started, id } = await startWith('a 1\nb 2\n', 'a 1\nc 2\nd 3\n', 'a 1\nb 2\n');
  await started.tick();
  const seen = await scrapeNow(started, id);
  expect(seen).toMatchObject({ statusCode: 200, samples: 3, bodyBytes: 12, error: undefined });
  expect(seen.headers['content-type']).toBe(textType['content-type']);
  expect(seen.headers['date']).toBeDefined();
  expect(text(seen)).toBe('a 1\nc 2\nd 3\n');
  expect(started.output.taken).toHaveLength(1);
  expect((await started.tick()).samples).toEqual({ a: 1, b: 2, ...synthetic(1, 2, 2, 0) });
});

test('what does not parse says where, and the body is shown all the same', async () => {
  const { started, id } = await startWith('a 1\nb{ 2\n');
  const seen = await scrapeNow(started, id);
  expect(seen).toMatchObject({
    samples: undefined,
    error: { reason: 'syntax', line: 2, column: 4 },
  });
  expect(text(seen)).toBe('a 1\nb{ 2\n');
});

test('an answer other than 200 is shown with its status', async () => {
  const { started, id } = await startWith({ status: 503 });
  expect(await scrapeNow(started, id)).toMatchObject({
    statusCode: 503,
    error: { reason: 'status' },
  });
});

test('of a large body the first megabyte is shown, inflated, and no memory stays taken', async () => {
  const started = start();
  const line = 'metric{label="value"} 1234567890\n';
  const body = gzipSync(line.repeat(60_000));
  const url = await serve((_request, response) =>
    response.writeHead(200, { ...textType, 'content-encoding': 'gzip' }).end(body),
  );
  const plan = started.plan(url);
  started.shard.handle({ type: 'targets', add: [plan], remove: [] });
  const seen = await scrapeNow(started, plan.id);
  expect(seen).toMatchObject({ samples: 60_000, bodyBytes: 60_000 * line.length });
  expect(seen.body).toHaveLength(1024 * 1024);
});

test('an exporter that does not answer ends with the timeout', async () => {
  const started = start();
  const plan = started.plan(await serve(() => {}), { intervalMs: 60_000, phaseMs: 59_999 });
  started.shard.handle({ type: 'targets', add: [plan], remove: [] });
  const seen = scrapeNow(started, plan.id);
  await started.clock.advance(1000);
  expect(await seen).toMatchObject({ statusCode: undefined, error: { reason: 'timeout' } });
});

test('one at a time; a target nobody knows is said so', async () => {
  const started = start();
  const plan = started.plan(await serve(() => {}), { intervalMs: 60_000, phaseMs: 59_999 });
  started.shard.handle({ type: 'targets', add: [plan], remove: [] });
  const first = scrapeNow(started, plan.id);
  expect((await scrapeNow(started, plan.id)).error?.message).toMatch(/another scrape on demand/);
  await started.clock.advance(1000);
  await first;
  expect((await scrapeNow(started, 'ffffffffffffffff')).error?.message).toMatch(/try again/);
});

test('a target in quarantine is not fetched on demand either', async () => {
  const started = start();
  let requests = 0;
  const url = await serve((_request, response) => {
    requests++;
    response.end();
  });
  const refusal = { reason: 'quarantined' as const, message: 'it kills' };
  const plan = started.plan(url, { refusal });
  started.shard.handle({ type: 'targets', add: [plan], remove: [] });
  expect((await scrapeNow(started, plan.id)).error).toMatchObject(refusal);
  expect((await started.tick()).samples).toEqual(synthetic(0, 0, 0, 0));
  expect(started.loop().status).toMatchObject({ health: 'down', lastReason: 'quarantined' });
  expect(requests).toBe(0);
});
