import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { WakeUp } from './wake-up.js';

describe('WakeUp', () => {
  const clock = new ManualClock();
  const wakeUp = new WakeUp(clock, 200);
  const never = new AbortController().signal;

  /** How long it slept. */
  async function slept(longestMs: number, signal = never): Promise<number> {
    const fromMs = clock.monotonicMs();
    await wakeUp.sleep(longestMs, signal);
    return clock.monotonicMs() - fromMs;
  }

  it('sleeps to the end when nothing changes', async () => {
    const sleep = slept(1_000);
    await clock.advance(2_000);
    expect(await sleep).toBe(1_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('wakes once for a burst, a set time after its first change', async () => {
    const sleep = slept(1_000);
    for (let i = 0; i < 5; i++) {
      wakeUp.changed();
      await clock.advance(50);
    }
    expect(await sleep).toBe(200);
    const next = slept(1_000);
    await clock.advance(1_000);
    // The last change, 50 ms before, came after the wake: it is the first of another burst.
    expect(await next).toBe(150);
  });

  it('does not sleep when a change settled while it was awake', async () => {
    wakeUp.changed();
    await clock.advance(500);
    expect(await slept(1_000)).toBe(0);
  });

  it('wakes at the abort, or does not fall asleep', async () => {
    const stop = new AbortController();
    const sleep = slept(1_000, stop.signal);
    stop.abort();
    expect([await sleep, await slept(1_000, stop.signal)]).toEqual([0, 0]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('holds no timer once closed', () => {
    wakeUp.changed();
    wakeUp.close();
    expect(clock.pendingTimers).toBe(0);
  });
});
