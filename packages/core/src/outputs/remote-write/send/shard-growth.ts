/** How long the load is watched before a decision. */
const windowMs = 1_000;
/** Share of the time in which requests are under way that leaves no room for more. */
const busyShare = 0.9;

/**
 * Decides when an output needs more shards: when those it has were sending all the time for a second
 * and a full batch waits all the same. A receiver that fails gets no more requests than before: only
 * requests that succeed count as load.
 */
export class ShardGrowth {
  readonly #maxShards: number;
  #sinceMs: number;
  #busyMs = 0;

  constructor(maxShards: number, nowMs: number) {
    this.#maxShards = maxShards;
    this.#sinceMs = nowMs;
  }

  /** A request succeeded after `sendMs`; `isBehind`: a full batch waits. Returns shards to add. */
  sent(sendMs: number, shards: number, isBehind: boolean, nowMs: number): number {
    this.#busyMs += sendMs;
    const watchedMs = nowMs - this.#sinceMs;
    if (watchedMs < windowMs) return 0;
    const isBusy = this.#busyMs >= watchedMs * shards * busyShare;
    this.#sinceMs = nowMs;
    this.#busyMs = 0;
    return isBusy && isBehind ? Math.min(shards, this.#maxShards - shards) : 0;
  }
}
