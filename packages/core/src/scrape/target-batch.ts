import type { ScrapeBatch, SeriesLabels } from '../outputs/scrape-batch.js';
import { syntheticCount } from './synthetic-series.js';

/**
 * The batch of a target, reused from scrape to scrape: columns that grow with the target. It keeps
 * the last values, so it is also what /federate reads.
 */
export class TargetBatch implements ScrapeBatch {
  readonly targetId: string;
  readonly series: SeriesLabels;
  timestampMs = 0;
  layout = 0;
  count = 0;
  refs = new Int32Array(syntheticCount);
  values = new Float64Array(syntheticCount);
  timestampsMs: Float64Array | undefined;
  staleCount = 0;
  staleRefs = new Int32Array(0);
  #ownTimestamps = new Float64Array(0);

  constructor(targetId: string, series: SeriesLabels) {
    this.targetId = targetId;
    this.series = series;
  }

  get memoryBytes(): number {
    const columns = this.refs.byteLength + this.values.byteLength;
    return columns + this.staleRefs.byteLength + this.#ownTimestamps.byteLength;
  }

  /** Room for `count` samples; what the columns held is lost. */
  reserve(count: number): void {
    if (count <= this.refs.length) return;
    const length = Math.ceil(count * 1.1);
    this.refs = new Int32Array(length);
    this.values = new Float64Array(length);
  }

  /** The column of the samples' own timestamps, all NaN. */
  useTimestamps(): Float64Array {
    if (this.#ownTimestamps.length < this.refs.length) {
      this.#ownTimestamps = new Float64Array(this.refs.length);
    }
    this.#ownTimestamps.fill(Number.NaN);
    this.timestampsMs = this.#ownTimestamps;
    return this.#ownTimestamps;
  }

  markStale(ref: number): void {
    if (this.staleCount === this.staleRefs.length) {
      const grown = new Int32Array(Math.max(64, this.staleRefs.length * 2));
      grown.set(this.staleRefs);
      this.staleRefs = grown;
    }
    this.staleRefs[this.staleCount++] = ref;
  }
}
