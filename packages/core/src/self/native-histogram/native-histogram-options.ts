import { type Clock, systemClock } from '../../clock.js';
import { PromAgentError } from '../../errors.js';
import { schemaOf } from '../../model/exponential-buckets.js';
import type { RegistryLike } from '../registry.js';

/** What a {@link NativeHistogram} is; all but name and help have defaults. */
export interface NativeHistogramOptions {
  /** With the unit at its end: `job_duration_seconds`. */
  readonly name: string;
  readonly help: string;
  /** Default: none, one series. */
  readonly labelNames?: readonly string[];
  /** Registries to be in; `registry.registerMetric(histogram)` does the same later. Default: none. */
  readonly registers?: readonly RegistryLike[];
  /**
   * The most a bucket's upper bound is above its lower one, as a factor above 1. Default 1.1, which
   * makes eight buckets of each power of two.
   */
  readonly bucketFactor?: number;
  /** Observations up to that far from zero share one bucket. Default 2^-128; 0: zero alone. */
  readonly zeroThreshold?: number;
  /** How far that bucket may be widened to keep to `maxBuckets`. Default 0: it is not. */
  readonly maxZeroThreshold?: number;
  /**
   * Filled buckets per series, the zero bucket aside. Over it neighbours are merged, until a factor
   * of 65,536. Default 160.
   */
  readonly maxBuckets?: number;
  /**
   * A series that had to merge buckets begins anew at zero, finely again, when it has lasted that
   * long; readers see it as the restart of a counter. 0: never. Default 3,600,000 (1 h).
   */
  readonly minResetMs?: number;
  /** Upper bounds of classic buckets beside the native ones, rising, without +Inf. Default: none. */
  readonly buckets?: readonly number[];
  /** Series before all further ones share one whose labels are `__overflow__`. Default 2000. */
  readonly maxSeries?: number;
  readonly clock?: Clock;
}

/** {@link NativeHistogramOptions} as each series needs them. */
export interface NativeSeriesSettings {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly maxZeroThreshold: number;
  readonly maxBuckets: number;
  readonly minResetMs: number;
  readonly bounds: Float64Array;
  readonly clock: Clock;
}

const smallestThreshold = 2 ** -128;

/** @throws PromAgentError METRIC_INVALID */
export function checkNames({ name, labelNames = [], maxSeries = 2000 }: NativeHistogramOptions): {
  readonly labelNames: readonly string[];
  readonly maxSeries: number;
} {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) {
    throw invalid(name, 'name', name, 'letters, digits and underscores');
  }
  for (const label of labelNames) {
    if (!/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) || label === 'le') {
      throw invalid(name, 'labelNames', label, 'names without __ in front, other than le');
    }
  }
  if (new Set(labelNames).size < labelNames.length) {
    throw invalid(name, 'labelNames', labelNames.join(', '), 'different names');
  }
  if (!isWhole(maxSeries)) throw invalid(name, 'maxSeries', maxSeries, 'a whole number from 1');
  return { labelNames: [...labelNames], maxSeries };
}

/** @throws PromAgentError METRIC_INVALID */
export function seriesSettings(options: NativeHistogramOptions): NativeSeriesSettings {
  const { name, bucketFactor = 1.1, zeroThreshold = smallestThreshold } = options;
  const { maxZeroThreshold = 0, maxBuckets = 160, minResetMs = 3_600_000, buckets = [] } = options;
  if (!(bucketFactor > 1)) throw invalid(name, 'bucketFactor', bucketFactor, 'a number above 1');
  for (const [field, value] of Object.entries({ zeroThreshold, maxZeroThreshold, minResetMs })) {
    if (!(value >= 0)) throw invalid(name, field, value, 'a number from 0');
  }
  if (!isWhole(maxBuckets)) throw invalid(name, 'maxBuckets', maxBuckets, 'a whole number from 1');
  const isRising = buckets.every((bound, i) => i === 0 || bound > buckets[i - 1]!);
  if (!isRising || !buckets.every(Number.isFinite)) {
    throw invalid(name, 'buckets', buckets.join(', '), 'finite numbers in rising order');
  }
  const limits = { zeroThreshold, maxZeroThreshold, maxBuckets, minResetMs };
  const { clock = systemClock } = options;
  return { ...limits, schema: schemaOf(bucketFactor), bounds: Float64Array.from(buckets), clock };
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

function invalid(metric: string, field: string, value: unknown, expected: string): PromAgentError {
  return new PromAgentError(
    'METRIC_INVALID',
    `native histogram ${metric}: ${field}: expected ${expected}, got "${value}"`,
    { data: { metric, field, value, expected } },
  );
}
