import type { Clock } from '../clock.js';

/** Resolves after `delayMs`, or at once when the signal aborts. */
export async function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = clock.setTimer(delayMs, wake);
    signal.addEventListener('abort', wake);
    function wake(): void {
      timer.cancel();
      signal.removeEventListener('abort', wake);
      resolve();
    }
  });
}

/**
 * Go's time.Ticker, which paces Prometheus' discoveries: it ticks at whole intervals from its start, and
 * of the ticks that nobody waited for it keeps one. So work that took longer than the interval starts
 * again at once, and then falls back onto the grid.
 */
export class Ticker {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #startMs: number;
  #lastTick = 0;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#startMs = clock.monotonicMs();
  }

  /** Resolves at the next tick, or at once when the signal aborts. */
  async tick(signal: AbortSignal): Promise<void> {
    const dueMs = this.#startMs + (this.#lastTick + 1) * this.#intervalMs;
    const waitMs = dueMs - this.#clock.monotonicMs();
    if (waitMs > 0) await sleep(this.#clock, waitMs, signal);
    const elapsedMs = this.#clock.monotonicMs() - this.#startMs;
    // A timer may run a fraction early: the tick that was waited for has come all the same.
    this.#lastTick = Math.max(Math.floor(elapsedMs / this.#intervalMs), this.#lastTick + 1);
  }
}
