import type {
  Exemplar,
  HistogramSeries,
  LabelPair,
  SummarySeries,
  ValueSeries,
} from '../model/metric-family.js';
import type { HistogramRow, RowExemplar, RowLabels, SummaryRow, ValueRow } from './metric-rows.js';

/*
 * Rows of a prom-client metric as the model has them.
 */

export function valueSeries(
  { labels, value, exemplar }: ValueRow,
  defaults: RowLabels,
): ValueSeries {
  return { labels: labelPairs(labels, defaults), value, exemplar: exemplarOf(exemplar) };
}

const noBounds: readonly number[] = [];

/** `upperBounds` end in +Inf, as the row's columns do. */
export function histogramSeries(
  { labels, counts, sum, exemplars, native, createdMs }: HistogramRow,
  upperBounds: readonly number[],
  defaults: RowLabels,
): HistogramSeries {
  const isNativeAlone = native !== undefined && upperBounds.length === 1;
  return {
    labels: labelPairs(labels, defaults, 'le'),
    // A bucket of +Inf would make it a classic histogram too, with series of its own.
    upperBounds: isNativeAlone ? noBounds : upperBounds,
    bucketCounts: counts,
    bucketExemplars: exemplars?.map(exemplarOf),
    count: counts[counts.length - 1] as number,
    sum,
    native,
    createdMs,
  };
}

export function summarySeries(
  { labels, values, sum, count }: SummaryRow,
  quantiles: readonly number[],
  defaults: RowLabels,
): SummarySeries {
  const pairs = labelPairs(labels, defaults, 'quantile');
  return { labels: pairs, quantiles, quantileValues: values, sum, count };
}

/** The registry's default labels behind the series' own; `column` is the family's to write. */
function labelPairs(labels: RowLabels, defaults: RowLabels, column?: string): LabelPair[] {
  const pairs: LabelPair[] = [];
  for (const name in labels) {
    if (name !== column && Object.hasOwn(labels, name)) pairs.push([name, String(labels[name])]);
  }
  for (const name in defaults) {
    if (name !== column && !Object.hasOwn(labels, name)) pairs.push([name, String(defaults[name])]);
  }
  return pairs;
}

function exemplarOf(exemplar: RowExemplar | null | undefined): Exemplar | undefined {
  if (!exemplar) return undefined;
  const { labelSet, value, timestamp } = exemplar;
  const timestampMs = timestamp === undefined ? undefined : timestamp * 1000;
  return { labels: labelPairs(labelSet, {}), value, timestampMs };
}
