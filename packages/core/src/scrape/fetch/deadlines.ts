import type { Clock, ClockTimer } from '../../clock.js';

/** Something under way that has to end in time. */
export interface Pending {
  /** By the clock's monotonic time. */
  readonly deadlineMs: number;
  expire(): void;
}

/**
 * One timer for all requests of a thread. Most end long before their deadline, so a request costs no
 * timer of its own: when the timer fires it looks who is late and waits for the next one. Bench: scrape.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #pending = new Set<Pending>();
  #timer: ClockTimer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(pending: Pending): void {
    this.#pending.add(pending);
    if (pending.deadlineMs < this.#timerAtMs) this.#arm(pending.deadlineMs);
  }

  remove(pending: Pending): void {
    this.#pending.delete(pending);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    this.#pending.clear();
  }

  #arm(atMs: number): void {
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.#clock.setTimer(atMs - this.#clock.monotonicMs(), () => this.#fire());
  }

  #fire(): void {
    this.#timer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    // setTimeout may fire up to a millisecond early.
    const nowMs = this.#clock.monotonicMs() + 1;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const pending of [...this.#pending]) {
      if (pending.deadlineMs > nowMs) nextMs = Math.min(nextMs, pending.deadlineMs);
      else if (this.#pending.delete(pending)) pending.expire();
    }
    if (nextMs < this.#timerAtMs) this.#arm(nextMs);
  }
}
