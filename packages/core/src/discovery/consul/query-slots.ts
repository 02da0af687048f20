/**
 * How many questions one discovery puts to Consul at a time. A query that waits for news holds a
 * socket for minutes, and Consul gives an address no more than 200 (limits.http_max_conns_per_client,
 * since 1.7): so only some services are watched by such queries, and the rest are asked in turns.
 */
export class QuerySlots {
  readonly #mostBlocking: number;
  readonly #mostPlain: number;
  #blocking = 0;
  #plain = 0;
  readonly #waiting = new Set<() => void>();

  constructor(mostBlocking = 100, mostPlain = 16) {
    this.#mostBlocking = mostBlocking;
    this.#mostPlain = mostPlain;
  }

  /**
   * Asks at an index, waiting for news; or at once, with index 0, when too many wait already or there
   * is no index yet. Undefined when the signal aborts before its turn.
   */
  async ask<T>(
    index: number,
    signal: AbortSignal,
    question: (index: number) => Promise<T>,
  ): Promise<T | undefined> {
    if (index > 0 && this.#blocking < this.#mostBlocking) {
      this.#blocking++;
      try {
        return await question(index);
      } finally {
        this.#blocking--;
      }
    }
    await this.#turn(signal);
    if (signal.aborted) return undefined;
    this.#plain++;
    try {
      return await question(0);
    } finally {
      this.#plain--;
      this.#wakeNext();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    while (this.#plain >= this.#mostPlain && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    }
    // Woken and aborted at once: the turn goes to the next.
    if (signal.aborted) this.#wakeNext();
  }

  #wakeNext(): void {
    if (this.#plain >= this.#mostPlain) return;
    const [next] = this.#waiting;
    next?.();
  }
}
