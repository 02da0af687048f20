import type { Clock } from '../clock.js';
import type { FileTurns } from './file-texts.js';

const waitMs = 2;
/** Who had the turn died with its thread, or hangs in a dead mount: the others go on without it. */
const patienceMs = 2_000;

/**
 * Turns for the file system that all threads of an agent share: libuv's four threads are the host's,
 * and an agent holds at most one of them.
 */
export class SharedTurns implements FileTurns {
  readonly #taken: Int32Array;
  readonly #clock: Clock;
  #last: Promise<unknown> = Promise.resolve();

  /** @param lock four bytes, the same for all threads */
  constructor(lock: SharedArrayBuffer, clock: Clock) {
    this.#taken = new Int32Array(lock);
    this.#clock = clock;
  }

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => this.#inTurn(task));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const untilMs = this.#clock.monotonicMs() + patienceMs;
    while (Atomics.compareExchange(this.#taken, 0, 0, 1) !== 0) {
      if (this.#clock.monotonicMs() >= untilMs) break;
      await this.#wait();
    }
    try {
      return await task();
    } finally {
      Atomics.store(this.#taken, 0, 0);
    }
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimer(waitMs, resolve);
    });
  }
}
