import type { BucketSpan, HistogramSample } from '../../model/histogram.js';

const highestSchema = 8;
const lowestSchema = -4;

/** Buckets grow by 2^(2^-schema): the finest schema whose buckets grow by `factor` at least. */
export function schemaOfFactor(factor: number): number {
  // Prometheus' own start value, the factor of schema 8 (scrape.go pickSchema).
  const floor = Math.floor(0 - Math.log2(Math.log2(factor <= 1 ? 1.00271 : factor)));
  return Math.max(lowestSchema, Math.min(highestSchema, floor));
}

/**
 * The histogram in as many buckets as are allowed: its resolution is halved until they fit. Undefined
 * when they never do (prometheus scrape/target.go, bucketLimitAppender and maxSchemaAppender).
 *
 * @param mostBuckets 0: no limit
 */
export function limitBuckets(
  histogram: HistogramSample,
  mostBuckets: number,
  finestSchema: number,
): HistogramSample | undefined {
  const isExponential = histogram.schema >= lowestSchema && histogram.schema <= highestSchema;
  let limited = histogram;
  if (isExponential && histogram.schema > finestSchema) limited = coarser(histogram, finestSchema);
  if (mostBuckets === 0) return limited;
  while (bucketsOf(limited) > mostBuckets) {
    if (!isExponential || limited.schema <= lowestSchema) return undefined;
    limited = coarser(limited, limited.schema - 1);
  }
  return limited;
}

function bucketsOf({ positiveCounts, negativeCounts }: HistogramSample): number {
  return positiveCounts.length + negativeCounts.length;
}

function coarser(histogram: HistogramSample, schema: number): HistogramSample {
  const by = histogram.schema - schema;
  const positive = merge(histogram.positiveSpans, histogram.positiveCounts, by);
  const negative = merge(histogram.negativeSpans, histogram.negativeCounts, by);
  return {
    ...histogram,
    schema,
    positiveSpans: positive.spans,
    positiveCounts: positive.counts,
    negativeSpans: negative.spans,
    negativeCounts: negative.counts,
  };
}

/** 2^by neighbours become one bucket: index i of the fine schema is ((i - 1) >> by) + 1. */
function merge(spans: readonly BucketSpan[], counts: ArrayLike<number>, by: number) {
  const merged: { offset: number; length: number }[] = [];
  const sums: number[] = [];
  let index = 0;
  let last = 0;
  let bucket = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++, index++) {
      const target = ((index - 1) >> by) + 1;
      const count = counts[bucket++]!;
      if (merged.length > 0 && target === last) {
        sums[sums.length - 1]! += count;
        continue;
      }
      if (merged.length > 0 && target === last + 1) merged.at(-1)!.length++;
      else merged.push({ offset: merged.length === 0 ? target : target - last - 1, length: 1 });
      sums.push(count);
      last = target;
    }
  }
  return { spans: merged, counts: sums };
}
