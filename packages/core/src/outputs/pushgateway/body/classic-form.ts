import { filledBuckets } from '../../../model/filled-buckets.js';
import type { HistogramSample } from '../../../model/histogram.js';

const customBucketsSchema = -53;

/** The buckets of a histogram with custom ones as a classic histogram has them; none of another. */
export function classicForm(sample: HistogramSample): {
  upperBounds: number[];
  bucketCounts: number[];
} {
  const { schema, customValues, positiveSpans, positiveCounts } = sample;
  if (schema !== customBucketsSchema) return { upperBounds: [], bucketCounts: [] };
  const counts = new Array<number>(customValues.length).fill(0);
  for (const [bucket, count] of filledBuckets(positiveSpans, positiveCounts)) {
    if (bucket < counts.length) counts[bucket] = count;
  }
  let sum = 0;
  const bucketCounts = counts.map((count) => {
    sum += count;
    return sum;
  });
  return { upperBounds: Array.from(customValues), bucketCounts };
}
