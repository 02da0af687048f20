import type { Clock, ClockTimer } from '../clock.js';

/** A sleep that changes cut short, once for a burst of them. */
export class WakeUp {
  readonly #clock: Clock;
  readonly #settleMs: number;
  #settling: ClockTimer | undefined;
  #due = false;
  #wake: (() => void) | undefined;

  /** @param settleMs how long after the first change of a burst the sleeper wakes */
  constructor(clock: Clock, settleMs: number) {
    this.#clock = clock;
    this.#settleMs = settleMs;
  }

  /** Something changed: the sleeper, now or next, wakes `settleMs` from now. */
  changed(): void {
    this.#settling ??= this.#clock.setTimer(this.#settleMs, () => {
      this.#settling = undefined;
      this.#due = true;
      this.#wake?.();
    });
  }

  /** Resolves after a change, after `longestMs`, or when the signal aborts. */
  async sleep(longestMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#due && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = this.#clock.setTimer(longestMs, wake);
        this.#wake = wake;
        signal.addEventListener('abort', wake);
        function wake(): void {
          timer.cancel();
          signal.removeEventListener('abort', wake);
          resolve();
        }
      });
      this.#wake = undefined;
    }
    this.#due = false;
  }

  /** Frees the timer. */
  close(): void {
    this.#settling?.cancel();
    this.#settling = undefined;
  }
}
