import type { HistogramRow, MetricRows, RowExemplar, RowLabels, ValueRow } from './metric-rows.js';
import { forgetKey, listKeys, type SeriesMap } from './series-keys.js';

/*
 * The metrics of prom-client 15 read in place. Their get() makes an object for each sample, all in
 * one go: 24 ms for 8,000 histograms, before a byte is written.
 */

interface HistogramEntry {
  readonly labels: RowLabels;
  /** Bound → its own count, not cumulated. */
  readonly bucketValues: Readonly<Record<string, number>>;
  readonly bucketExemplars?: Readonly<Record<string, RowExemplar | null>>;
  readonly sum: number;
  readonly count: number;
}

interface SummaryEntry {
  readonly labels: RowLabels;
  readonly td: { compress(): void; percentile(quantile: number): number; size(): number };
  readonly sum: number;
  readonly count: number;
}

interface PromClientMetric {
  readonly hashMap: SeriesMap;
  readonly upperBounds?: readonly number[];
  readonly percentiles?: readonly number[];
  readonly pruneAgedBuckets?: boolean;
}

/** The rows of a metric, after its collect; undefined where it is not one of prom-client 15's. */
export function promClientRows(metric: object): MetricRows | undefined {
  if (!isPromClientMetric(metric)) return undefined;
  switch (metric.constructor.name) {
    case 'Counter':
    case 'Gauge':
      return valueRows(metric);
    case 'Histogram':
      return metric.upperBounds && histogramRows(metric, metric.upperBounds);
    case 'Summary':
      return metric.percentiles && summaryRows(metric, metric.percentiles);
    default:
      return undefined;
  }
}

/**
 * Whether a metric is an instance of prom-client 15's own classes, of whichever copy of the package.
 * A class derived from them, or a get() put over theirs, may show something else.
 */
export function isPromClientMetric(metric: object): metric is PromClientMetric {
  const base: unknown = Object.getPrototypeOf(Object.getPrototypeOf(metric));
  if (base === null || typeof base !== 'object' || base.constructor.name !== 'Metric') return false;
  if (Object.hasOwn(metric, 'get') || Object.hasOwn(metric, 'getForPromString')) return false;
  const { hashMap } = metric as { hashMap?: unknown };
  // @prometheus-io/client keeps an instance of a class here.
  return typeof hashMap === 'object' && hashMap !== null && !('entries' in hashMap);
}

/**
 * Lists the series of metrics that have many already, so that no render has to: it takes 25 ms of the
 * event loop for 70,000, in one go (series-keys.ts).
 */
export function listSeriesEarly(metrics: Iterable<object>): void {
  for (const metric of metrics) if (isPromClientMetric(metric)) listKeys(metric.hashMap);
}

function valueRows({ hashMap }: PromClientMetric): MetricRows {
  const keys = listKeys(hashMap);
  return {
    kind: 'values',
    count: keys.length,
    read: (index) => find<ValueRow>(hashMap, keys, index),
  };
}

function histogramRows({ hashMap }: PromClientMetric, bounds: readonly number[]): MetricRows {
  const keys = listKeys(hashMap);
  // A number as the name of a property is made a string at each access.
  const boundKeys = bounds.map(String);
  const counts = new Float64Array(bounds.length + 1);
  const read = (index: number): HistogramRow | undefined => {
    const entry = find<HistogramEntry>(hashMap, keys, index);
    if (entry === undefined) return undefined;
    const { labels, bucketValues, bucketExemplars, sum, count } = entry;
    let cumulated = 0;
    for (let i = 0; i < boundKeys.length; i++) {
      cumulated += bucketValues[boundKeys[i] as string] as number;
      counts[i] = cumulated;
    }
    counts[boundKeys.length] = count;
    const exemplars = bucketExemplars && [...boundKeys, '-1'].map((key) => bucketExemplars[key]);
    return { labels, counts, sum, exemplars };
  };
  return { kind: 'histograms', bounds, count: keys.length, read };
}

function summaryRows(metric: PromClientMetric, quantiles: readonly number[]): MetricRows {
  const { hashMap, pruneAgedBuckets } = metric;
  const keys = listKeys(hashMap);
  return {
    kind: 'summaries',
    quantiles,
    count: keys.length,
    read(index) {
      const entry = find<SummaryEntry>(hashMap, keys, index);
      if (entry === undefined) return undefined;
      const { labels, td, sum, count } = entry;
      if (pruneAgedBuckets && td.size() === 0) {
        delete (hashMap as Record<string, unknown>)[keys[index] as string];
        return undefined;
      }
      td.compress();
      // Of an empty window it is undefined, which prom-client shows as 0.
      return { labels, values: quantiles.map((q) => td.percentile(q) || 0), sum, count };
    },
  };
}

function find<Entry>(map: SeriesMap, keys: readonly string[], index: number): Entry | undefined {
  const key = keys[index] as string;
  const entry = map[key];
  if (entry === undefined) forgetKey(map, key);
  return entry as Entry | undefined;
}
