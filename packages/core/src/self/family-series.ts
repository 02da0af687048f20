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

/**
 * Rows of a prom-client metric as the model has them, each valid until the next: lists of labels for
 * thousands of series would be garbage whose collection stops the process for a millisecond.
 */
export class FamilySeries {
  readonly #defaults: RowLabels;
  readonly #hasNative: boolean;
  readonly #labels = new LabelPairs();

  /** `defaults`: the registry's labels, behind the series' own. */
  constructor(defaults: RowLabels, format: ExpositionFormat) {
    this.#defaults = defaults;
    // In text there is no place for it, and it may be made only when it is asked for.
    this.#hasNative = format === 'protobuf';
  }

  value({ labels, value, exemplar }: ValueRow): ValueSeries {
    const pairs = this.#labels.of(labels, this.#defaults, undefined);
    return { labels: pairs, value, exemplar: exemplarOf(exemplar) };
  }

  /** `upperBounds` end in +Inf, as the row's columns do. */
  histogram(row: HistogramRow, upperBounds: readonly number[]): HistogramSeries {
    const { labels, counts, sum, exemplars, createdMs } = row;
    const native = this.#hasNative ? row.native : undefined;
    const isNativeAlone = native !== undefined && upperBounds.length === 1;
    return {
      labels: this.#labels.of(labels, this.#defaults, 'le'),
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
    const value = String(labels[name]);
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
