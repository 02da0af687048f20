import type { Clock } from '../clock.js';

/** Spreads samples over time: each request waits until those before it have had theirs. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #samplesPerSecond: number | undefined;
  #freeMs = Number.NEGATIVE_INFINITY;

  /** @param samplesPerSecond undefined: no limit */
  constructor(clock: Clock, samplesPerSecond: number | undefined) {
    this.#clock = clock;
    this.#samplesPerSecond = samplesPerSecond;
  }

  /** How long to wait before so many samples may leave, ms. */
  take(samples: number): number {
    if (this.#samplesPerSecond === undefined) return 0;
    const nowMs = this.#clock.monotonicMs();
    const startMs = Math.max(nowMs, this.#freeMs);
    this.#freeMs = startMs + (samples / this.#samplesPerSecond) * 1000;
    return startMs - nowMs;
  }
}
