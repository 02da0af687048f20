import { afterEach, expect, test } from 'vitest';
import type { TargetEnd } from '../messages.js';
import { cleanUp, serve, start, synthetic, textType } from './shard-harness.contract.js';

afterEach(cleanUp);

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A target whose first scrape hangs until `answer` is called. */
async function inFlight() {
  const running = start();
  const { shard, plan, output, clock } = running;
  const waiting: (() => void)[] = [];
  let asked = 0;
  const url = await serve((_request, response) => {
    const body = `a ${++asked}\n`;
    waiting.push(() => response.writeHead(200, textType).end(body));
  });
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  await clock.advance(1000);
  while (waiting.length === 0) await turn();
  const next = async (count: number) => {
    while (output.taken.length < count) await turn();
    return output.taken[count - 1]!;
  };
  const answer = async () => {
    const count = output.taken.length + 1;
    while (waiting.length === 0) await turn();
    waiting.shift()!();
    return next(count);
  };
  const remove = (end: TargetEnd) =>
    shard.handle({ type: 'targets', add: [], remove: [{ id: plan(url).id, end }] });
  const add = () => shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  return { ...running, answer, next, remove, add, asked: () => asked };
}

const markers = {
  a: null,
  up: null,
  scrape_duration_seconds: null,
  scrape_samples_scraped: null,
  scrape_samples_post_metric_relabeling: null,
  scrape_series_added: null,
};

test('a target that goes during a scrape sends what it answers, and its markers at the next tick', async () => {
  const { answer, next, remove, clock, output } = await inFlight();
  remove('gone');
  const last = await answer();
  expect(last.samples).toEqual({ a: 1, ...synthetic(1, 1, 1, 1) });
  await clock.advance(1000);
  const end = await next(2);
  expect(end).toMatchObject({ timestampMs: last.timestampMs + 1000, samples: markers });
  await clock.advance(5000);
  await turn();
  expect(output.taken).toHaveLength(2);
  expect(output.forgotten).toHaveLength(1);
});

test('the markers of a target whose last scrape outlives its tick come after its samples', async () => {
  const { answer, next, remove, clock } = await inFlight();
  remove('gone');
  await clock.advance(999);
  const answered = answer();
  await clock.advance(1);
  const { samples, timestampMs } = await answered;
  expect(samples).toHaveProperty('up');
  expect(await next(2)).toMatchObject({ timestampMs: timestampMs + 1000 });
});

test('a target that is back before its last scrape has ended is asked once, and goes on', async () => {
  const { answer, remove, add, clock, asked, output, loop } = await inFlight();
  remove('gone');
  add();
  await turn();
  expect(asked()).toBe(1);
  const first = await answer();
  expect(first.samples).toMatchObject({ a: 1, up: 1 });
  while (loop() === undefined) await turn();
  await clock.advance(1000);
  const second = await answer();
  expect(second.timestampMs).toBe(first.timestampMs + 1000);
  expect(second.samples).toEqual({ a: 2, ...synthetic(1, 1, 1, 0) });
  expect(output.forgotten).toEqual([]);
});

test('a target that is back and gone again during one scrape gets its markers once', async () => {
  const { answer, next, remove, add, clock, output } = await inFlight();
  remove('gone');
  add();
  remove('gone');
  await answer();
  await clock.advance(1000);
  expect((await next(2)).samples).toEqual(markers);
  await clock.advance(5000);
  await turn();
  expect(output.taken).toHaveLength(2);
});

test('a target that moves away during a scrape leaves no gap, and gets no markers', async () => {
  const { answer, remove, clock, output } = await inFlight();
  remove('moved');
  expect((await answer()).samples).toMatchObject({ a: 1, up: 1 });
  await clock.advance(5000);
  await turn();
  expect(output.taken).toHaveLength(1);
  expect(output.forgotten).toHaveLength(1);
});

test('a shard that closes waits for the last scrape of a target that is gone', async () => {
  const { answer, remove, shard } = await inFlight();
  remove('gone');
  const closed = shard.close(10_000);
  expect((await answer()).samples).toMatchObject({ a: 1, up: 1 });
  await closed;
});
