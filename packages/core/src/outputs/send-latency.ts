import { exponentialIndex, schemaOf } from '../model/exponential-buckets.js';

/** Upper bounds in seconds, without +Inf: those of Prometheus' sent_batch_duration_seconds. */
const bounds: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120, 300,
];
/** Of the native buckets: each is a tenth wider than the one before at most. */
const schema = schemaOf(1.1);

export const latencyBuckets = { bounds, schema } as const;

/** How long requests took, since the start. Plain data. */
export interface LatencyStatus {
  /** One per bound and one above them, not cumulated. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
  /** Index of a bucket of the schema → its count. */
  readonly buckets: Readonly<Record<number, number>>;
}

/** Counts how long requests take. */
export class SendLatency {
  readonly #counts = new Array<number>(bounds.length + 1).fill(0);
  readonly #buckets: Record<number, number> = {};
  #sumSeconds = 0;

  observe(durationMs: number): void {
    // A clock that is set by hand may not have moved at all, and zero has no exponential bucket.
    const seconds = Math.max(durationMs, 0.001) / 1000;
    const above = bounds.findIndex((bound) => seconds <= bound);
    this.#counts[above < 0 ? bounds.length : above]!++;
    const index = exponentialIndex(seconds, schema);
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
    this.#sumSeconds += seconds;
  }

  status(): LatencyStatus {
    return {
      counts: [...this.#counts],
      sumSeconds: this.#sumSeconds,
      buckets: { ...this.#buckets },
    };
  }
}

export function addLatencies(a: LatencyStatus, b: LatencyStatus): LatencyStatus {
  const buckets = { ...a.buckets };
  for (const [index, count] of Object.entries(b.buckets)) {
    buckets[Number(index)] = (buckets[Number(index)] ?? 0) + count;
  }
  return {
    counts: a.counts.map((count, i) => count + b.counts[i]!),
    sumSeconds: a.sumSeconds + b.sumSeconds,
    buckets,
  };
}
