import { exponentialBound } from '../model/exponential-buckets.js';
import { filledBuckets } from '../model/filled-buckets.js';
import type { HistogramSample } from '../model/histogram.js';

/** A bucket that is not empty, as Prometheus' HTTP API gives it. */
export interface NativeBucket {
  /** Whether a bound is inside: 0 the upper, 1 the lower, 2 none, 3 both. */
  readonly boundaries: 0 | 1 | 2 | 3;
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

const customBuckets = -53;

/** The buckets of a native histogram from the lowest to the highest, the zero bucket among them. */
export function nativeBuckets(histogram: HistogramSample): NativeBucket[] {
  const { zeroThreshold, zeroCount } = histogram;
  const buckets: NativeBucket[] = [];
  for (const [index, count] of filledBuckets(histogram.negativeSpans, histogram.negativeCounts)) {
    const upper = Math.min(-boundOf(histogram, index - 1), -zeroThreshold);
    buckets.unshift({ boundaries: 1, lower: -boundOf(histogram, index), upper, count });
  }
  if (zeroCount !== 0) {
    buckets.push({ boundaries: 3, lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount });
  }
  const isCustom = histogram.schema === customBuckets;
  for (const [index, count] of filledBuckets(histogram.positiveSpans, histogram.positiveCounts)) {
    const below = boundOf(histogram, index - 1);
    const lower = isCustom ? below : Math.max(below, zeroThreshold);
    const boundaries = isCustom && index === 0 ? 3 : 0;
    buckets.push({ boundaries, lower, upper: boundOf(histogram, index), count });
  }
  return buckets;
}

function boundOf({ schema, customValues }: HistogramSample, index: number): number {
  if (schema !== customBuckets) return exponentialBound(index, schema);
  if (index < 0) return -Infinity;
  return index < customValues.length ? customValues[index]! : Infinity;
}
