import type { ExpositionFormat } from '../exposition/content-type.js';
import type {
  Exemplar,
  HistogramSeries,
  LabelPair,
  SummarySeries,
  ValueSeries,
} from '../model/metric-family.js';
import type { HistogramRow, RowExemplar, RowLabels, SummaryRow, ValueRow } from './metric-rows.js';

const noBounds: readonly number[] = [];

type Changing<Series> = { -readonly [Field in keyof Series]: Series[Field] };

/**
 * Rows of a prom-client metric as the model has them, each valid until the next: lists of labels for
 * thousands of series would be garbage whose collection stops the process for a millisecond.
 */
export class FamilySeries {
  readonly #defaults: RowLabels;
  readonly #hasNative: boolean;
  readonly #labels = new LabelPairs();
  readonly #value: Changing<ValueSeries> = { labels: [], value: 0, exemplar: undefined };
  readonly #histogram: Changing<HistogramSeries> = {
    labels: [],
    upperBounds: noBounds,
    bucketCounts: noBounds,
    bucketExemplars: undefined,
    count: 0,
    sum: 0,
    native: undefined,
    createdMs: undefined,
  };

  /** `defaults`: the registry's labels, behind the series' own. */
  constructor(defaults: RowLabels, format: ExpositionFormat) {
    this.#defaults = defaults;
    // In text there is no place for it, and it may be made only when it is asked for.
    this.#hasNative = format === 'protobuf';
  }

  value({ labels, value, exemplar }: ValueRow): ValueSeries {
    const series = this.#value;
    series.labels = this.#labels.of(labels, this.#defaults, undefined);
    series.value = value;
    series.exemplar = exemplarOf(exemplar);
    return series;
  }

  /** `upperBounds` end in +Inf, as the row's columns do. */
  histogram(row: HistogramRow, upperBounds: readonly number[]): HistogramSeries {
    const { counts, exemplars } = row;
    const series = this.#histogram;
    const native = this.#hasNative ? row.native : undefined;
    const isNativeAlone = native !== undefined && upperBounds.length === 1;
    series.labels = this.#labels.of(row.labels, this.#defaults, 'le');
    // A bucket of +Inf would make it a classic histogram too, with series of its own.
    series.upperBounds = isNativeAlone ? noBounds : upperBounds;
    series.bucketCounts = counts;
    series.bucketExemplars = exemplars?.map(exemplarOf);
    series.count = counts[counts.length - 1] as number;
    series.sum = row.sum;
    series.native = native;
    series.createdMs = row.createdMs;
    return series;
  }

  summary({ labels, values, sum, count }: SummaryRow, quantiles: readonly number[]): SummarySeries {
    const pairs = this.#labels.of(labels, this.#defaults, 'quantile');
    return { labels: pairs, quantiles, quantileValues: values, sum, count };
  }
}

/** The labels of one series after the other, in one list. */
class LabelPairs {
  readonly #list: LabelPair[] = [];
  readonly #pairs: [name: string, value: string][] = [];

  /** `column` is the family's to write. */
  of(labels: RowLabels, defaults: RowLabels, column: string | undefined): readonly LabelPair[] {
    let count = 0;
    for (const name in labels) {
      if (name !== column && Object.hasOwn(labels, name)) this.#set(count++, name, labels);
    }
    for (const name in defaults) {
      if (name !== column && !Object.hasOwn(labels, name)) this.#set(count++, name, defaults);
    }
    this.#list.length = count;
    return this.#list;
  }

  #set(at: number, name: string, labels: RowLabels): void {
    const given: unknown = labels[name];
    const value = typeof given === 'string' ? given : String(given);
    const pair = this.#pairs[at];
    if (pair === undefined) this.#pairs[at] = [name, value];
    else {
      pair[0] = name;
      pair[1] = value;
    }
    this.#list[at] = this.#pairs[at] as LabelPair;
  }
}

function exemplarOf(exemplar: RowExemplar | null | undefined): Exemplar | undefined {
  if (!exemplar) return undefined;
  const { labelSet, value, timestamp } = exemplar;
  const timestampMs = timestamp === undefined ? undefined : timestamp * 1000;
  return { labels: new LabelPairs().of(labelSet, {}, undefined), value, timestampMs };
}
