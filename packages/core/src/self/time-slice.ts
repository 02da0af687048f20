import type { Clock } from '../clock.js';

/**
 * A share of the event loop: long work asks {@link spent} every few steps and, when it is, awaits
 * {@link pause}, so that nothing else on this thread waits longer than the budget.
 */
export class TimeSlice {
  readonly #clock: Clock;
  readonly #budgetMs: number;
  #endMs: number;

  constructor(clock: Clock, budgetMs: number) {
    this.#clock = clock;
    this.#budgetMs = budgetMs;
    this.#endMs = clock.monotonicMs() + budgetMs;
  }

  get spent(): boolean {
    return this.#clock.monotonicMs() >= this.#endMs;
  }

  /** Lets everything that waits run once, then begins the next slice. */
  async pause(): Promise<void> {
    await nextTurn();
    this.restart();
  }

  /** For work that was away for another reason (a reader that took its time). */
  restart(): void {
    this.#endMs = this.#clock.monotonicMs() + this.#budgetMs;
  }
}

/** What long work asks before each small step; spent, it yields. */
export type Budget = Pick<TimeSlice, 'spent'>;

/** Of work that is done in one go. */
export const noEnd: Budget = { spent: false };

/** After the I/O that is ready now: setImmediate, for a microtask would let nothing else run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Does work that pauses in one go. */
export function atOnce<T>(work: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
