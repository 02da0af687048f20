import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { sleep, Ticker } from './ticker.js';

describe('Ticker', () => {
  let clock: ManualClock;
  let ticks: number[];
  beforeEach(() => {
    clock = new ManualClock();
    ticks = [];
  });

  /** Ticks, and then works for so long, for each of the times. */
  async function workFor(...worksMs: number[]): Promise<void> {
    const { signal } = new AbortController();
    const ticker = new Ticker(clock, 1_000);
    const work = async () => {
      for (const workMs of worksMs) {
        await ticker.tick(signal);
        ticks.push(clock.monotonicMs());
        await sleep(clock, workMs, signal);
      }
    };
    const working = work();
    await clock.advance(60_000);
    await working;
  }

  it.each<[string, number[], number[]]>([
    ['ticks on the grid of its start', [0, 10, 999], [1_000, 2_000, 3_000]],
    ['work that took too long starts again at once', [1_500, 0, 0], [1_000, 2_500, 3_000]],
    ['of the ticks that were missed one is kept', [5_500, 0, 0], [1_000, 6_500, 7_000]],
    ['work of exactly an interval', [1_000, 1_000, 0], [1_000, 2_000, 3_000]],
  ])('%s', async (_name, worksMs, wanted) => {
    await workFor(...worksMs);
    expect(ticks).toEqual(wanted);
  });

  it('an abort ends the wait and frees the timer', async () => {
    const stop = new AbortController();
    const ticker = new Ticker(clock, 1_000);
    const waiting = ticker.tick(stop.signal);
    stop.abort();
    await waiting;
    await ticker.tick(stop.signal);
    expect(clock.pendingTimers).toBe(0);
  });
});
