import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.js';
import { type ScheduledTarget, Scheduler } from './scheduler.js';

interface Probe extends ScheduledTarget {
  busy: boolean;
  readonly ticks: number[];
}

function probe(intervalMs: number, phaseMs: number): Probe {
  const ticks: number[] = [];
  return { intervalMs, phaseMs, busy: false, ticks, tick: (ms) => ticks.push(ms) };
}

function start(nowMs: number) {
  const clock = new ManualClock(nowMs);
  const skipped: number[] = [];
  const scheduler = new Scheduler(clock, (ticks) => skipped.push(ticks));
  return { clock, scheduler, skipped };
}

test('ticks stand on the epoch grid at the phase, whenever the target was added', async () => {
  const { clock, scheduler } = start(1_000_123);
  const target = probe(1000, 250);
  scheduler.add(target);
  await clock.advance(3000);
  expect(target.ticks).toEqual([1_000_250, 1_001_250, 1_002_250]);
});

test('thousands of targets share one timer and tick in order', async () => {
  const { clock, scheduler } = start(0);
  const order: number[] = [];
  for (let i = 0; i < 2000; i++) {
    const phaseMs = (i * 7919) % 1000;
    scheduler.add({ intervalMs: 1000, phaseMs, busy: false, tick: (ms) => order.push(ms) });
  }
  expect(clock.pendingTimers).toBe(1);
  await clock.advance(2000);
  expect(order.filter((ms) => ms <= 2000)).toHaveLength(4000);
  expect(order).toEqual([...order].sort((a, b) => a - b));
});

test('a tick that finds the last scrape running is skipped and counted', async () => {
  const { clock, scheduler, skipped } = start(0);
  const target = probe(1000, 0);
  scheduler.add(target);
  await clock.advance(1000);
  target.busy = true;
  await clock.advance(2000);
  target.busy = false;
  await clock.advance(1000);
  expect(target.ticks).toEqual([1000, 4000]);
  expect(skipped).toEqual([1, 1]);
});

test('a removed target ticks no more', async () => {
  const { clock, scheduler } = start(0);
  const target = probe(1000, 0);
  scheduler.add(target);
  await clock.advance(1500);
  scheduler.remove(target);
  await clock.advance(5000);
  expect(target.ticks).toEqual([1000]);
});

test('what was run elsewhere is not run again', async () => {
  const { clock, scheduler } = start(500);
  const target = probe(1000, 0);
  scheduler.add(target, 1000);
  await clock.advance(2000);
  expect(target.ticks).toEqual([1001, 2000]);
});

test('ten thousand due targets leave the thread its turns', async () => {
  const { clock, scheduler } = start(0);
  let inTurn = 0;
  let most = 0;
  let ticks = 0;
  for (let i = 0; i < 10_000; i++) {
    const tick = () => {
      if (inTurn++ === 0) setImmediate(() => (inTurn = 0));
      most = Math.max(most, inTurn);
      ticks++;
    };
    scheduler.add({ intervalMs: 1000, phaseMs: 5, busy: false, tick });
  }
  await clock.advance(60);
  expect(ticks).toBe(10_000);
  expect(most).toBeLessThanOrEqual(64);
});

test('a suspended machine: missed ticks are counted, the next stands on the grid', async () => {
  const { clock, scheduler, skipped } = start(0);
  const target = probe(1000, 100);
  scheduler.add(target);
  await clock.advance(1100);
  clock.jumpWallClock(60_000);
  await clock.advance(2000);
  expect(target.ticks).toEqual([100, 1100, 62_100, 63_100]);
  expect(skipped).toEqual([60]);
});

test('after a long sleep thousands of targets are not due at once', async () => {
  const { clock, scheduler } = start(0);
  let ticks = 0;
  for (let phaseMs = 0; phaseMs < 1000; phaseMs++) {
    scheduler.add({ intervalMs: 1000, phaseMs, busy: false, tick: () => ticks++ });
  }
  await clock.advance(1000);
  clock.jumpWallClock(3_600_000);
  ticks = 0;
  await clock.advance(100);
  // A hundred of their own phase, a hundred that are late by a tenth of the interval at most.
  expect(ticks).toBeLessThanOrEqual(201);
});

test('a tick late by less than a tenth of its interval after a jump is run on the grid', async () => {
  const { clock, scheduler, skipped } = start(0);
  const target = probe(10_000, 0);
  scheduler.add(target);
  await clock.advance(8500);
  clock.jumpWallClock(1700);
  await clock.advance(1000);
  expect(target.ticks).toEqual([10_000]);
  expect(skipped).toEqual([]);
});

test('a wall clock set back by an hour is believed: scraping goes on with its time', async () => {
  const { clock, scheduler } = start(7_200_000);
  const target = probe(1000, 0);
  scheduler.add(target);
  await clock.advance(2000);
  clock.jumpWallClock(-3_600_000);
  await clock.advance(3000);
  expect(target.ticks.slice(-2)).toEqual([3_604_000, 3_605_000]);
});

test('a wall clock set back by a minute: samples go on in order until it has passed them', async () => {
  const { clock, scheduler } = start(100_000);
  const target = probe(30_000, 0);
  scheduler.add(target);
  await clock.advance(20_000);
  clock.jumpWallClock(-60_000);
  await clock.advance(100_000);
  expect(target.ticks).toEqual([120_000, 120_001, 120_002, 150_000]);
});

test('a clock set back by a little does not run a tick twice', async () => {
  const { clock, scheduler } = start(0);
  const target = probe(1000, 0);
  scheduler.add(target);
  await clock.advance(1010);
  clock.jumpWallClock(-60);
  await clock.advance(1500);
  expect(target.ticks).toEqual([1000, 2000]);
});

type Step = { advanceMs: number; jumpMs: number };

test('whatever the clock does within ten minutes, targets tick on, in order', async () => {
  const steps = fc.array(
    fc.record<Step>({
      advanceMs: fc.integer({ min: 0, max: 3000 }),
      jumpMs: fc.oneof(
        fc.constant(0),
        fc.integer({ min: -80, max: 80 }),
        fc.integer({ min: -60_000, max: 60_000 }),
      ),
    }),
    { maxLength: 8 },
  );
  const target = fc.record({
    intervalMs: fc.integer({ min: 100, max: 3000 }),
    phase: fc.nat({ max: 9999 }),
  });
  await fc.assert(
    fc.asyncProperty(steps, fc.array(target, { minLength: 1, maxLength: 4 }), async (all, made) => {
      const { clock, scheduler } = start(10_000_000);
      const probes = made.map((t) => probe(t.intervalMs, (t.phase * 7) % t.intervalMs));
      for (const one of probes) scheduler.add(one);
      for (const { advanceMs, jumpMs } of all) {
        clock.jumpWallClock(jumpMs);
        await clock.advance(advanceMs);
      }
      for (const { ticks } of probes) {
        for (let i = 1; i < ticks.length; i++) expect(ticks[i]).toBeGreaterThan(ticks[i - 1]!);
      }
      const before = probes.map(({ ticks }) => ticks.length);
      // A jump is seen within a second, and a tick a little ahead again is not run twice.
      const longestMs = Math.max(...probes.map((one) => one.intervalMs));
      await clock.advance(longestMs * 1.1 + Math.min(longestMs, 1000) + 2);
      for (const [i, { ticks }] of probes.entries()) {
        expect(ticks.length).toBeGreaterThan(before[i]!);
      }
      scheduler.close();
      expect(clock.pendingTimers).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test('ticks of a while are done together, each with its own time, and never late for a frequent target', async () => {
  const clock = new ManualClock(0);
  const scheduler = new Scheduler(clock, () => {});
  const done: [doneMs: number, name: string, timestampMs: number][] = [];
  const target = (name: string, intervalMs: number, phaseMs: number) => ({
    intervalMs,
    phaseMs,
    busy: false,
    tick: (timestampMs: number) => done.push([clock.nowMs(), name, timestampMs]) && undefined,
  });
  scheduler.add(target('a', 15_000, 101));
  scheduler.add(target('b', 15_000, 149));
  scheduler.add(target('c', 15_000, 160));
  await clock.advance(200);
  expect(done).toEqual([
    [150, 'a', 101],
    [150, 'b', 149],
    [200, 'c', 160],
  ]);
  done.length = 0;
  scheduler.add(target('d', 200, 3));
  await clock.advance(15_000);
  const late = done.filter(([, name]) => name === 'd').map(([doneMs, , tickMs]) => doneMs - tickMs);
  expect(Math.max(...late)).toBeLessThanOrEqual(10);
  scheduler.close();
});
