/**
 * How many questions are put to one Consul at a time. A query that waits for news holds a
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
    if (!(await this.#turn(signal))) return undefined;
    try {
      return await question(0);
    } finally {
      this.#handOn();
    }
  }

  /** False when the signal aborts before. */
  async #turn(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.#plain < this.#mostPlain) {
      this.#plain++;
      return true;
    }
    const isMine = await new Promise<boolean>((resolve) => {
      const onAbort = (): void => {
        this.#waiting.delete(take);
        resolve(false);
      };
      const take = (): void => {
        this.#waiting.delete(take);
        signal.removeEventListener('abort', onAbort);
        resolve(true);
      };
      this.#waiting.add(take);
      signal.addEventListener('abort', onAbort, { once: true });
    });
    if (isMine && signal.aborted) this.#handOn();
    return isMine && !signal.aborted;
  }

  /** A place is given to the next one and never free in between: else two could take it. */
  #handOn(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#plain--;
    else next();
  }
}

/** The places at each Consul, for all jobs together. */
export class ConsulPlaces {
  readonly #byServer = new Map<string, QuerySlots>();

  at(server: string): QuerySlots {
    let slots = this.#byServer.get(server);
    if (slots === undefined) {
      slots = new QuerySlots();
      this.#byServer.set(server, slots);
    }
    return slots;
  }
}
