import type { BucketSpan, HistogramSample } from '../../model/histogram.js';
import { CustomBuckets } from '../rewrite/custom-buckets.js';
import type { MetricMessage } from './metric-message.js';
import { NumberList } from './number-list.js';
import { protoError } from './proto-cursor.js';

/**
 * The native histogram of a metric, its counts absolute and its empty buckets left out (Prometheus
 * compacts what it has parsed). A float histogram is one with a float count (protobufparse.Histogram).
 *
 * `offset` is where the metric stands in the body, for the error.
 */
export function nativeHistogram(
  metric: MetricMessage,
  isGauge: boolean,
  offset: number,
): HistogramSample {
  const isFloat = metric.countFloat > 0 || metric.zeroCountFloat > 0;
  const positive = isFloat ? metric.positiveCounts : absolute(metric.positiveDeltas);
  const negative = isFloat ? metric.negativeCounts : absolute(metric.negativeDeltas);
  const positiveSide = compact(metric.positiveSpans, positive, offset);
  const negativeSide = compact(metric.negativeSpans, negative, offset);
  return {
    schema: metric.schema,
    count: isFloat ? metric.countFloat : metric.count,
    sum: metric.sum,
    zeroThreshold: metric.zeroThreshold,
    zeroCount: isFloat ? metric.zeroCountFloat : metric.zeroCount,
    positiveSpans: positiveSide.spans,
    positiveCounts: positiveSide.counts,
    negativeSpans: negativeSide.spans,
    negativeCounts: negativeSide.counts,
    customValues: [],
    isFloat,
    isGauge,
  };
}

/** The classic histogram of a metric as one with custom buckets; undefined where it cannot be one. */
export function customBuckets(metric: MetricMessage): HistogramSample | undefined {
  const { count, countFloat, sum, bounds, boundValues } = metric;
  const buckets = new CustomBuckets();
  buckets.setCount(countFloat === 0 ? count : countFloat);
  buckets.setSum(sum);
  for (let i = 0; i < bounds.count; i++) {
    buckets.setBucket(bounds.values[i]!, boundValues.values[i]!);
  }
  return buckets.convert();
}

/** Each delta summed up, in place. */
function absolute(deltas: NumberList): NumberList {
  let count = 0;
  for (let i = 0; i < deltas.count; i++) {
    count += deltas.values[i]!;
    deltas.values[i] = count;
  }
  return deltas;
}

interface Side {
  readonly spans: BucketSpan[];
  readonly counts: Float64Array;
}

/** One side without its empty buckets. `spans` are pairs of offset and length. */
function compact(spans: NumberList, counts: NumberList, offset: number): Side {
  let buckets = 0;
  for (let i = 1; i < spans.count; i += 2) buckets += spans.values[i]!;
  if (buckets !== counts.count) {
    throw protoError(offset, `${buckets} buckets as its spans say, not ${counts.count}`);
  }
  const kept = new NumberList();
  const runs: { offset: number; length: number }[] = [];
  let index = 0;
  let bucket = 0;
  let behindRun = 0;
  for (let i = 0; i < spans.count; i += 2) {
    index += spans.values[i]!;
    for (let k = 0; k < spans.values[i + 1]!; k++, index++, bucket++) {
      const count = counts.values[bucket]!;
      if (count === 0) continue;
      const run = runs.at(-1);
      if (run !== undefined && index === behindRun) run.length++;
      else runs.push({ offset: index - behindRun, length: 1 });
      behindRun = index + 1;
      kept.push(count);
    }
  }
  return { spans: runs, counts: kept.slice() };
}
