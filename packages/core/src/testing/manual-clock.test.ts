import { describe, expect, it } from 'vitest';
import { ManualClock } from './manual-clock.js';

describe('ManualClock', () => {
  it('stands still until advanced, then moves both clocks', async () => {
    const clock = new ManualClock(1_000);
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_000, 0]);
    await clock.advance(250.5);
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_250.5, 250.5]);
  });

  it('runs due timers in order of time, then of setting, each at its own time', async () => {
    const clock = new ManualClock(0);
    const ran: string[] = [];
    const note = (name: string) => () => ran.push(`${name}@${clock.monotonicMs()}`);
    clock.setTimer(20, note('c'));
    clock.setTimer(10, note('a'));
    clock.setTimer(10, note('b'));
    clock.setTimer(-5, note('now'));
    clock.setTimer(21, note('later'));
    await clock.advance(20);
    expect(ran).toEqual(['now@0', 'a@10', 'b@10', 'c@20']);
    expect(clock.pendingTimers).toBe(1);
    expect(clock.nextTimerMs).toBe(1);
  });

  it('runs timers that timers and promises set within the window', async () => {
    const clock = new ManualClock(0);
    const ran: number[] = [];
    const every = (): void => {
      ran.push(clock.monotonicMs());
      void Promise.resolve().then(() => clock.setTimer(10, every));
    };
    clock.setTimer(10, every);
    await clock.advance(35);
    expect(ran).toEqual([10, 20, 30]);
  });

  it('does not run a cancelled timer; cancelling twice or after the run changes nothing', async () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    const cancelled = clock.setTimer(1, () => ran.push('cancelled'));
    const kept = clock.setTimer(1, () => ran.push('kept'));
    cancelled.cancel();
    cancelled.cancel();
    await clock.advance(1);
    kept.cancel();
    expect(ran).toEqual(['kept']);
    expect(clock.pendingTimers).toBe(0);
    expect(clock.nextTimerMs).toBeUndefined();
  });

  it('a jump of the wall clock runs nothing and leaves the monotonic clock', () => {
    const clock = new ManualClock(5_000);
    clock.setTimer(1, () => expect.unreachable());
    clock.jumpWallClock(-3_000);
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([2_000, 0]);
  });

  it('what a timer throws reaches the test', async () => {
    const clock = new ManualClock();
    clock.setTimer(1, () => {
      throw new Error('from the timer');
    });
    await expect(clock.advance(1)).rejects.toThrow('from the timer');
  });
});
