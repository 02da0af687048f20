import type { BucketSpan, HistogramSample } from '../model/histogram.js';

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
  for (const [index, count] of filled(histogram.negativeSpans, histogram.negativeCounts)) {
    const upper = Math.min(-boundOf(histogram, index - 1), -zeroThreshold);
    buckets.unshift({ boundaries: 1, lower: -boundOf(histogram, index), upper, count });
  }
  if (zeroCount !== 0) {
    buckets.push({ boundaries: 3, lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount });
  }
  const isCustom = histogram.schema === customBuckets;
  for (const [index, count] of filled(histogram.positiveSpans, histogram.positiveCounts)) {
    const below = boundOf(histogram, index - 1);
    const lower = isCustom ? below : Math.max(below, zeroThreshold);
    const boundaries = isCustom && index === 0 ? 3 : 0;
    buckets.push({ boundaries, lower, upper: boundOf(histogram, index), count });
  }
  return buckets;
}

/** Index and count of each bucket that is not empty. */
function* filled(
  spans: readonly BucketSpan[],
  counts: ArrayLike<number>,
): Generator<[index: number, count: number]> {
  let index = 0;
  let at = 0;
  for (const span of spans) {
    index += span.offset;
    for (let i = 0; i < span.length; i++, index++, at++) {
      if (counts[at] !== 0) yield [index, counts[at]!];
    }
  }
}

function boundOf({ schema, customValues }: HistogramSample, index: number): number {
  if (schema !== customBuckets) return exponentialBound(index, schema);
  if (index < 0) return -Infinity;
  return index < customValues.length ? customValues[index]! : Infinity;
}

// Roots of two, √2 first. Prometheus' table of bounds (model/histogram, exponentialBounds) is not the
// nearest float64s; with a √2 that is one unit too small these products are the table, bit for bit.
const roots = [Math.SQRT2 - 2 ** -52];
for (let root = Math.SQRT2; roots.length < 8; ) {
  root = Math.sqrt(root);
  roots.push(root);
}

/** Upper bound of an exponential bucket: 2 to the power of index × 2^-schema. */
function exponentialBound(index: number, schema: number): number {
  // The bucket of the largest float64 ends there; the one above it holds +Inf.
  if (index === 2 ** (10 + schema)) return Number.MAX_VALUE;
  if (schema <= 0) return 2 ** (index * 2 ** -schema);
  const perOctave = 2 ** schema;
  const octave = Math.floor(index / perOctave);
  const rest = index - octave * perOctave;
  let fraction = 1;
  for (let bit = perOctave / 2, k = 0; bit >= 1; bit /= 2, k++) {
    if (Math.floor(rest / bit) % 2 === 1) fraction *= roots[k]!;
  }
  return fraction * 2 ** octave;
}
