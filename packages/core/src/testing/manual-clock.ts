import type { Clock, ClockTimer } from '../clock.js';

interface PendingTimer {
  readonly dueMs: number;
  readonly run: () => void;
}

/**
 * A clock that stands still until a test moves it.
 *
 * `await clock.advance(ms)` runs what falls due in order of time (of setting, when times are equal).
 * Before each timer and at the end it lets promises and immediates settle, so a timer that such code
 * sets within the window still runs, at its own time. Sockets and files take real time: wait for
 * what they do, then advance.
 */
export class ManualClock implements Clock {
  #wallMs: number;
  #monotonicMs = 0;
  // In order of dueMs, then of setting.
  readonly #pending: PendingTimer[] = [];

  /** `startMs`: the wall clock's first reading, Unix ms. Default 2023-11-14T22:13:20Z. */
  constructor(startMs = 1_700_000_000_000) {
    this.#wallMs = startMs;
  }

  nowMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  setTimer(delayMs: number, run: () => void): ClockTimer {
    const timer: PendingTimer = { dueMs: this.#monotonicMs + Math.max(delayMs, 0), run };
    const at = this.#pending.findLastIndex((other) => other.dueMs <= timer.dueMs) + 1;
    this.#pending.splice(at, 0, timer);
    return { cancel: () => this.#remove(timer) };
  }

  /** Timers that wait; a test of `close()` wants none. */
  get pendingTimers(): number {
    return this.#pending.length;
  }

  /** Delay of the next timer in ms; undefined when none waits. */
  get nextTimerMs(): number | undefined {
    const next = this.#pending[0];
    return next === undefined ? undefined : next.dueMs - this.#monotonicMs;
  }

  /** Moves both clocks by `ms`, running the timers on the way. What a timer throws, this throws. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms;
    for (;;) {
      await settled();
      const next = this.#pending[0];
      if (next === undefined || next.dueMs > endMs) break;
      this.#pending.shift();
      this.#moveTo(next.dueMs);
      next.run();
    }
    this.#moveTo(endMs);
    await settled();
  }

  /** The wall clock jumps (NTP, an operator); timers and the monotonic clock feel nothing. */
  jumpWallClock(ms: number): void {
    this.#wallMs += ms;
  }

  #moveTo(monotonicMs: number): void {
    // Another advance() may have gone further meanwhile; time never goes back.
    const byMs = Math.max(monotonicMs - this.#monotonicMs, 0);
    this.#monotonicMs += byMs;
    this.#wallMs += byMs;
  }

  #remove(timer: PendingTimer): void {
    const at = this.#pending.indexOf(timer);
    if (at >= 0) this.#pending.splice(at, 1);
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
