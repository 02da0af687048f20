import type { HistogramSample } from '../../model/histogram.js';
import type {
  BatchExemplars,
  BatchFamilies,
  BatchHistograms,
  ScrapeBatch,
  SeriesLabels,
} from '../../outputs/scrape-batch.js';
import { mostSynthetic } from './synthetic-series.js';

const noRefs = new Int32Array(0);
const noTimestamps = new Float64Array(0);

/**
 * The batch of a target, reused from scrape to scrape: columns that grow with the target. It keeps
 * the last values, so it is also what /federate reads.
 */
export class TargetBatch implements ScrapeBatch {
  readonly targetId: string;
  /** Undefined until the scrape knows them. */
  targetLabels: ReadonlyMap<string, string> | undefined;
  readonly series: SeriesLabels;
  timestampMs = 0;
  layout = 0;
  count = 0;
  /** Column of one buffer with `values`. */
  refs = noRefs;
  values = noTimestamps;
  timestampsMs: Float64Array | undefined;
  histograms: HistogramColumns | undefined;
  createdMs: Float64Array | undefined;
  exemplars: BatchExemplars | undefined;
  readonly families: BatchFamilies | undefined;
  staleCount = 0;
  staleRefs = noRefs;
  #ownTimestamps = noTimestamps;

  constructor(targetId: string, series: SeriesLabels, families?: BatchFamilies) {
    this.targetId = targetId;
    this.series = series;
    this.families = families;
    this.reserve(mostSynthetic);
  }

  get memoryBytes(): number {
    const columns = this.refs.byteLength + this.values.byteLength;
    const histograms = this.histograms?.memoryBytes ?? 0;
    const starts = this.createdMs?.byteLength ?? 0;
    return (
      columns + starts + this.staleRefs.byteLength + this.#ownTimestamps.byteLength + histograms
    );
  }

  /** Room for `count` samples; what the columns held is lost. */
  reserve(count: number): void {
    if (count <= this.refs.length) return;
    const length = Math.ceil(count * 1.05);
    const buffer = new ArrayBuffer(length * 12);
    this.values = new Float64Array(buffer, 0, length);
    this.refs = new Int32Array(buffer, length * 8, length);
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

  /** A batch without samples: its markers and its report come after. */
  clear(timestampMs: number): void {
    this.timestampMs = timestampMs;
    this.layout = 0;
    this.count = 0;
    this.timestampsMs = undefined;
    this.histograms = undefined;
    this.createdMs = undefined;
    this.exemplars = undefined;
    this.staleCount = 0;
  }

  /** The column of the times at which series began, all NaN. */
  useCreated(): Float64Array {
    this.createdMs = new Float64Array(this.refs.length).fill(Number.NaN);
    return this.createdMs;
  }

  addHistogram(ref: number, histogram: HistogramSample, ownTimestampMs: number): void {
    this.histograms ??= new HistogramColumns();
    this.histograms.add(ref, histogram, ownTimestampMs);
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

/** Native histograms of a batch. Made anew per scrape: few targets have them. */
class HistogramColumns implements BatchHistograms {
  count = 0;
  refs = new Int32Array(16);
  timestampsMs = new Float64Array(16);
  createdMs = new Float64Array(16).fill(Number.NaN);
  readonly samples: HistogramSample[] = [];

  get memoryBytes(): number {
    const { buckets } = this;
    return this.refs.byteLength + this.timestampsMs.byteLength + buckets * 8 + this.count * 200;
  }

  get buckets(): number {
    let sum = 0;
    for (const { positiveCounts, negativeCounts } of this.samples) {
      sum += positiveCounts.length + negativeCounts.length;
    }
    return sum;
  }

  add(ref: number, histogram: HistogramSample, ownTimestampMs: number): void {
    if (this.count === this.refs.length) this.#grow();
    this.refs[this.count] = ref;
    this.timestampsMs[this.count++] = ownTimestampMs;
    this.samples.push(histogram);
  }

  /** Of the one that was added last, if none was noted: one that was refused comes after it. */
  noteStart(createdMs: number): void {
    const last = this.count - 1;
    if (last >= 0 && Number.isNaN(this.createdMs[last]!)) this.createdMs[last] = createdMs;
  }

  #grow(): void {
    const refs = new Int32Array(this.count * 2);
    refs.set(this.refs);
    this.refs = refs;
    const timestampsMs = new Float64Array(this.count * 2);
    timestampsMs.set(this.timestampsMs);
    this.timestampsMs = timestampsMs;
    const createdMs = new Float64Array(this.count * 2).fill(Number.NaN);
    createdMs.set(this.createdMs);
    this.createdMs = createdMs;
  }
}
