import { expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
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
  expect(order).toHaveLength(4000);
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

test('a suspended machine: missed ticks are counted, the next stands on the grid', async () => {
  const { clock, scheduler, skipped } = start(0);
  const target = probe(1000, 100);
  scheduler.add(target);
  await clock.advance(1100);
  clock.jumpWallClock(60_000);
  await clock.advance(1000);
  await clock.advance(1000);
  expect(target.ticks.slice(0, 2)).toEqual([100, 1100]);
  expect(target.ticks.at(-1)! % 1000).toBe(100);
  expect(skipped.reduce((a, b) => a + b, 0)).toBeGreaterThanOrEqual(59);
});

test('a wall clock set back by an hour does not stop scraping for an hour', async () => {
  const { clock, scheduler } = start(7_200_000);
  const target = probe(1000, 0);
  scheduler.add(target);
  await clock.advance(2000);
  clock.jumpWallClock(-3_600_000);
  await clock.advance(3000);
  expect(target.ticks.at(-1)).toBeGreaterThanOrEqual(3_600_000 + 2000);
  expect(target.ticks.at(-1)).toBeLessThan(3_700_000);
  expect(target.ticks.length).toBeGreaterThanOrEqual(4);
});
