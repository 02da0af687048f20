import {
  exponentialBound,
  exponentialIndex,
  lowestSchema,
} from '../../model/exponential-buckets.js';
import type { NativeHistogram } from '../../model/histogram.js';
import type { RowLabels } from '../metric-rows.js';
import type { NativeSeriesSettings } from './native-histogram-options.js';
import { SparseBuckets } from './sparse-buckets.js';

const countAt = 0;
const sumAt = 1;
const zeroCountAt = 2;
const zeroThresholdAt = 3;

const observed = new Float64Array(1);

/**
 * One series of a native histogram: what is observed is counted in typed arrays, nothing is
 * allocated but when a bucket is new. Its rules are client_golang's (prometheus/histogram.go).
 */
export class NativeSeries {
  readonly labels: RowLabels;
  readonly #settings: NativeSeriesSettings;
  readonly #positive = new SparseBuckets();
  readonly #negative = new SparseBuckets();
  /** By bound, not cumulated; those above the last bound are in the count alone. */
  readonly #classic: Float64Array;
  #schema = 0;
  /** Numbers that would be allocated at each change if they were fields. */
  readonly #totals = new Float64Array(4);
  #createdMs = 0;
  /** On the monotonic clock. */
  #startMs = 0;
  #isCoarser = false;

  constructor(labels: RowLabels, settings: NativeSeriesSettings) {
    this.labels = labels;
    this.#settings = settings;
    this.#classic = new Float64Array(settings.bounds.length);
    this.reset();
  }

  get count(): number {
    return this.#totals[countAt]!;
  }

  get sum(): number {
    return this.#totals[sumAt]!;
  }

  /** When it was zero, Unix ms. */
  get createdMs(): number {
    return this.#createdMs;
  }

  /** Counts an observation. NaN is in count and sum only, as no bucket has it. */
  observe(value: number): void {
    // As an argument of a call that the engine does not inline it would be allocated.
    observed[0] = value;
    this.#countObserved();
  }

  /** Back to nothing, with the buckets as fine as they were at first. */
  reset(): void {
    const { schema, zeroThreshold, clock } = this.#settings;
    this.#schema = schema;
    this.#totals.fill(0);
    this.#totals[zeroThresholdAt] = zeroThreshold;
    this.#positive.clear();
    this.#negative.clear();
    this.#classic.fill(0);
    this.#isCoarser = false;
    this.#createdMs = clock.nowMs();
    this.#startMs = clock.monotonicMs();
  }

  /** Called when the series has been read: what made it coarse may be over, and nothing is lost now. */
  resetIfDue(): void {
    if (this.#isCoarser && this.#mayReset) this.reset();
  }

  readNative(): NativeHistogram {
    const { spans: positiveSpans, counts: positiveCounts } = this.#positive.read();
    const { spans: negativeSpans, counts: negativeCounts } = this.#negative.read();
    return {
      schema: this.#schema,
      zeroThreshold: this.#totals[zeroThresholdAt]!,
      zeroCount: this.#totals[zeroCountAt]!,
      positiveSpans,
      positiveCounts,
      negativeSpans,
      negativeCounts,
    };
  }

  /** Writes the classic buckets and +Inf, cumulated. */
  readClassic(cumulated: Float64Array): void {
    let total = 0;
    for (let i = 0; i < this.#classic.length; i++) {
      total += this.#classic[i]!;
      cumulated[i] = total;
    }
    cumulated[this.#classic.length] = this.count;
  }

  #countObserved(): void {
    const value = observed[0]!;
    const totals = this.#totals;
    totals[countAt]!++;
    totals[sumAt]! += value;
    const { bounds, maxBuckets } = this.#settings;
    // Most are within the first bounds, where a linear search beats a binary one.
    for (let i = 0; i < bounds.length; i++) {
      if (value <= bounds[i]!) {
        this.#classic[i]!++;
        break;
      }
    }
    const magnitude = Math.abs(value);
    if (magnitude <= totals[zeroThresholdAt]!) totals[zeroCountAt]!++;
    else if (magnitude > 0) {
      const side = value > 0 ? this.#positive : this.#negative;
      const isNew = side.add(exponentialIndex(magnitude, this.#schema));
      if (isNew && this.#buckets > maxBuckets) this.#limitBuckets();
    }
  }

  get #buckets(): number {
    return this.#positive.length + this.#negative.length;
  }

  get #mayReset(): boolean {
    const { minResetMs, clock } = this.#settings;
    return minResetMs > 0 && clock.monotonicMs() - this.#startMs >= minResetMs;
  }

  /** A reset where it is allowed, else a wider zero bucket, else wider buckets. */
  #limitBuckets(): void {
    if (this.#mayReset) {
      this.reset();
      this.#countObserved();
      return;
    }
    this.#isCoarser = true;
    while (this.#buckets > this.#settings.maxBuckets) {
      if (this.#widenZeroBucket()) continue;
      if (this.#schema === lowestSchema) return;
      this.#schema--;
      this.#positive.halve();
      this.#negative.halve();
    }
  }

  /** Takes in the bucket that is next to zero, or both where they mirror each other. */
  #widenZeroBucket(): boolean {
    const positive = this.#positive.lowestIndex ?? Infinity;
    const index = Math.min(positive, this.#negative.lowestIndex ?? Infinity);
    const threshold = exponentialBound(index, this.#schema);
    if (threshold > this.#settings.maxZeroThreshold) return false;
    this.#totals[zeroThresholdAt] = threshold;
    const taken = this.#positive.takeLowest(index) + this.#negative.takeLowest(index);
    this.#totals[zeroCountAt]! += taken;
    return true;
  }
}
