import { type Clock, type ClockTimer, systemClock } from '../../packages/core/src/clock.js';

/** The real clock, which knows how many of its timers wait. */
export class CountingClock implements Clock {
  readonly #pending = new Set<ClockTimer>();

  get pendingTimers(): number {
    return this.#pending.size;
  }

  nowMs(): number {
    return systemClock.nowMs();
  }

  monotonicMs(): number {
    return systemClock.monotonicMs();
  }

  setTimer(delayMs: number, run: () => void): ClockTimer {
    const inner = systemClock.setTimer(delayMs, () => {
      this.#pending.delete(timer);
      run();
    });
    const timer: ClockTimer = {
      cancel: () => {
        this.#pending.delete(timer);
        inner.cancel();
      },
    };
    this.#pending.add(timer);
    return timer;
  }
}
