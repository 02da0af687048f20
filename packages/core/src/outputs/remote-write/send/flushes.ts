import type { Clock } from '../../../clock.js';

/** Who waits until what was queued at some moment is queued no longer. */
export class Flushes {
  readonly #isSettled: (sequence: number) => boolean;
  #waiting: { sequence: number; resolve: () => void }[] = [];

  /** @param isSettled nothing up to the sequence is queued any longer */
  constructor(isSettled: (sequence: number) => boolean) {
    this.#isSettled = isSettled;
  }

  /** Undefined where nothing needs to be waited for. */
  wait(sequence: number): Promise<void> | undefined {
    if (this.#isSettled(sequence)) return undefined;
    return new Promise((resolve) => this.#waiting.push({ sequence, resolve }));
  }

  /** The same, for so long at most. */
  async waitUntil(sequence: number, clock: Clock, mostMs: number): Promise<void> {
    const settled = this.wait(sequence);
    if (settled === undefined) return;
    await new Promise<void>((resolve) => {
      const deadline = clock.setTimer(mostMs, resolve);
      void settled.then(() => {
        deadline.cancel();
        resolve();
      });
    });
  }

  /** Something has left the queue. */
  look(): void {
    if (this.#waiting.length === 0) return;
    this.#waiting = this.#waiting.filter(({ sequence, resolve }) => {
      const isDone = this.#isSettled(sequence);
      if (isDone) resolve();
      return !isDone;
    });
  }
}
