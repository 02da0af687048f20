import { ManualClock } from '@prom-agent/core/testing';
import { describe, expect, test } from 'vitest';
import { nextSlotMs, runOnGrid } from './grid.js';

const startMs = 1_000_000;
const intervalMs = 1_000;

function scene(run: (clock: ManualClock) => Promise<void> = async () => {}) {
  const clock = new ManualClock(startMs);
  const runsMs: number[] = [];
  const missed: number[] = [];
  const stop = new AbortController();
  const ended = runOnGrid(
    {
      clock,
      intervalMs,
      phaseMs: 250,
      signal: stop.signal,
      onMissed: (slots) => missed.push(slots),
    },
    async () => {
      runsMs.push(clock.nowMs() - startMs);
      await run(clock);
    },
  );
  return { clock, runsMs, missed, stop, ended };
}

const taking = (ms: number) => (clock: ManualClock) =>
  new Promise<void>((resolve) => {
    clock.setTimer(ms, resolve);
  });

describe('runs on a grid', () => {
  test('begin at its slots, however long they take', async () => {
    const { clock, runsMs, missed } = scene(taking(400));
    await clock.advance(3_500);
    expect(runsMs).toEqual([250, 1_250, 2_250, 3_250]);
    expect(missed).toEqual([]);
  });

  test('never overlap: the slots that pass meanwhile are missed, and no others', async () => {
    let runs = 0;
    const { clock, runsMs, missed } = scene(async (at) => {
      runs++;
      if (runs === 2) await taking(2_100)(at);
    });
    await clock.advance(5_500);
    expect(runsMs).toEqual([250, 1_250, 4_250, 5_250]);
    expect(missed).toEqual([2]);
  });

  test('end with the signal, without a timer left', async () => {
    const { clock, runsMs, stop, ended } = scene();
    await clock.advance(1_500);
    stop.abort();
    await ended;
    expect(runsMs).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });

  test('a run under way is waited for', async () => {
    const { clock, stop, ended } = scene(taking(500));
    await clock.advance(300);
    stop.abort();
    let isEnded = false;
    void ended.then(() => {
      isEnded = true;
    });
    await clock.advance(100);
    expect(isEnded).toBe(false);
    await clock.advance(400);
    expect(isEnded).toBe(true);
  });
});

describe('the next slot', () => {
  test.each([
    [0, 250],
    [249, 250],
    [250, 1_250],
    [251, 1_250],
    [1_249.5, 1_250],
    [-800, -750],
  ])('after %d ms is %d', (nowMs, slotMs) => {
    expect(nextSlotMs(nowMs, { intervalMs, phaseMs: 250 })).toBe(slotMs);
  });
});

test('a clock that is set back by an hour does not stop the runs for an hour', async () => {
  const clock = new ManualClock(startMs);
  let offsetMs = 0;
  const runsMs: number[] = [];
  const stop = new AbortController();
  void runOnGrid(
    {
      clock: {
        nowMs: () => clock.nowMs() + offsetMs,
        monotonicMs: () => clock.monotonicMs(),
        setTimer: (ms, run) => clock.setTimer(ms, run),
      },
      intervalMs,
      phaseMs: 0,
      signal: stop.signal,
      onMissed: () => {},
    },
    async () => {
      runsMs.push(clock.monotonicMs());
      offsetMs = -3_600_000;
    },
  );
  await clock.advance(3_500);
  expect(runsMs).toEqual([1_000, 2_000, 3_000]);
});
