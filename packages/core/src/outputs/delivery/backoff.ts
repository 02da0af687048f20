interface BackoffOptions {
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
}

/** Waits between attempts: from min to max, doubling, each shortened by up to half at random. */
export class Backoff {
  readonly #options: BackoffOptions;
  #nextMs: number;

  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#nextMs = options.minBackoffMs;
  }

  reset(): void {
    this.#nextMs = this.#options.minBackoffMs;
  }

  /** The next wait, at least what the receiver asked for. */
  nextMs(askedMs: number): number {
    const { minBackoffMs, maxBackoffMs } = this.#options;
    const fullMs = Math.min(this.#nextMs, maxBackoffMs);
    this.#nextMs = fullMs * 2;
    // So that the shards, and the agents of a fleet, do not come back all at once.
    const jitteredMs = fullMs * (0.5 + Math.random() / 2);
    return Math.max(minBackoffMs, jitteredMs, askedMs);
  }
}
