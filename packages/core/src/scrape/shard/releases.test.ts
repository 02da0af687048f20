import { afterEach, expect, test } from 'vitest';
import type { TargetPlan } from '../target-plan.js';
import { bodies, cleanUp, serve, start, synthetic, type Taken } from './shard-harness.contract.js';

afterEach(cleanUp);

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Two shards of one clock; the target begins in the first. */
function startTwo() {
  const from = start();
  const to = start({}, 1e9, from.clock);
  const { clock } = from;
  const both = (): Taken[] =>
    [...from.output.taken, ...to.output.taken].sort((a, b) => a.timestampMs - b.timestampMs);
  /** Moves to the next tick; waits, in real time, for the batch of whoever has the target. */
  const tick = async (): Promise<Taken> => {
    const before = both().length;
    await clock.advance(1000);
    while (both().length === before) await settled();
    return both().at(-1)!;
  };
  const released = async () => {
    for (;;) {
      const answer = from.posted.find(({ type }) => type === 'released' || type === 'kept');
      if (answer?.type === 'released' || answer?.type === 'kept') return answer;
      await settled();
    }
  };
  /** What the main thread does: asks, and hands what it gets to the other thread. */
  const move = async (plan: TargetPlan) => {
    from.shard.handle({ type: 'release', targetId: plan.id });
    const last = await tick();
    const answer = await released();
    if (answer.type === 'released') {
      to.shard.handle({ type: 'take-over', plan, snapshot: structuredClone(answer.snapshot) });
    }
    return { last, answer };
  };
  return { from, to, clock, both, tick, move };
}

async function add(two: ReturnType<typeof startTwo>, ...all: Parameters<typeof bodies>) {
  const plan = two.from.plan(await serve(bodies(...all)));
  two.from.shard.handle({ type: 'targets', add: [plan], remove: [] });
  return plan;
}

test('a target moves: no tick is left out or done twice, no marker, no series is new', async () => {
  const two = startTwo();
  const plan = await add(two, 'a 1\nb 2\n');
  await two.tick();
  await two.move(plan);
  await two.tick();
  await two.tick();
  expect(two.both().map(({ timestampMs }) => timestampMs)).toEqual([
    1_001_000, 1_002_000, 1_003_000, 1_004_000,
  ]);
  for (const { samples } of two.both().slice(1)) {
    expect(samples).toEqual({ a: 1, b: 2, ...synthetic(1, 2, 2, 0) });
  }
  expect(two.from.output.taken).toHaveLength(2);
  expect(two.from.output.forgotten).toEqual([plan.id]);
});

test('a series that vanishes in a move gets exactly one marker', async () => {
  const two = startTwo();
  const plan = await add(two, 'a 1\nb 2\n', 'a 1\nb 2\n', 'a 1\n');
  await two.tick();
  await two.move(plan);
  expect((await two.tick()).samples).toEqual({ a: 1, b: null, ...synthetic(1, 1, 1, 0) });
  expect((await two.tick()).samples).toEqual({ a: 1, ...synthetic(1, 1, 1, 0) });
});

test('a target that fails right after a move has all its series marked', async () => {
  const two = startTwo();
  const plan = await add(two, 'a 1\n', 'a 1\n', { status: 500 }, 'a 1\n');
  await two.tick();
  await two.move(plan);
  expect((await two.tick()).samples).toEqual({ a: null, ...synthetic(0, 0, 0, 0) });
  expect((await two.tick()).samples).toEqual({ a: 1, ...synthetic(1, 1, 1, 0) });
});

test('series that came with a move and are gone leave nothing behind', async () => {
  const two = startTwo();
  const plan = await add(two, 'a 1\nb 2\nc 3\n', 'a 1\nb 2\nc 3\n', 'a 1\n');
  await two.tick();
  await two.move(plan);
  await two.tick();
  expect(two.to.loop().seriesCount).toBe(1 + Object.keys(synthetic(1, 1, 1, 1)).length);
});

test('after a move the target may move back', async () => {
  const two = startTwo();
  const plan = await add(two, 'a 1\n');
  await two.tick();
  await two.move(plan);
  two.to.shard.handle({ type: 'release', targetId: plan.id });
  await two.tick();
  while (!two.to.posted.some(({ type }) => type === 'released')) await settled();
  const back = two.to.posted.find((message) => message.type === 'released')!;
  two.from.shard.handle({ type: 'take-over', plan, snapshot: back.snapshot });
  expect((await two.tick()).samples).toEqual({ a: 1, ...synthetic(1, 1, 1, 0) });
});

test('while an output cannot send the last samples the target stays, without a gap', async () => {
  const two = startTwo();
  two.from.output.flush = () => new Promise(() => {});
  const plan = await add(two, 'a 1\n');
  await two.tick();
  two.from.shard.handle({ type: 'release', targetId: plan.id });
  await two.tick();
  await two.tick();
  await two.tick();
  expect(two.from.posted).toContainEqual({ type: 'kept', targetId: plan.id });
  expect(two.from.output.taken.map(({ timestampMs }) => timestampMs)).toEqual([
    1_001_000, 1_002_000, 1_003_000, 1_004_000,
  ]);
});

test('a target that goes before it could move says it stays, and ends', async () => {
  const two = startTwo();
  const plan = await add(two, 'a 1\n');
  await two.tick();
  two.from.shard.handle({ type: 'release', targetId: plan.id });
  two.from.shard.handle({ type: 'targets', add: [], remove: [{ id: plan.id, end: 'gone' }] });
  expect(two.from.posted).toContainEqual({ type: 'kept', targetId: plan.id });
  expect((await two.tick()).samples).toMatchObject({ a: null, up: null });
});

test('bytes that are no snapshot: the target starts clean, without wrong markers', async () => {
  const two = startTwo();
  const plan = await add(two, 'a 1\nb 2\n', 'a 1\nb 2\n', 'a 1\n');
  await two.tick();
  two.from.shard.handle({ type: 'release', targetId: plan.id });
  await two.tick();
  while (!two.from.posted.some(({ type }) => type === 'released')) await settled();
  two.to.shard.handle({ type: 'take-over', plan, snapshot: new Uint8Array(100) });
  expect((await two.tick()).samples).toEqual({ a: 1, ...synthetic(1, 1, 1, 1) });
  await two.clock.advance(1000);
  const [counters] = two.to.posted.flatMap((m) =>
    m.type === 'summary' ? [m.summary.counters] : [],
  );
  expect(counters).toMatchObject({ takeOvers: 0, takeOversFailed: 1 });
});
