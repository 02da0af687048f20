import type { NativeHistogram } from '../../model/histogram.js';
import type { HistogramRow, RowLabels } from '../../self/metric-rows.js';
import type { Exemplars } from '../recorder/exemplars.js';
import type { HistogramCells } from '../recorder/histogram-cells.js';

const noLabels: RowLabels = {};

/**
 * The row of one series after the other: thousands of objects per scrape would have the whole
 * process wait for their collection.
 */
export class HistogramSeriesRow implements HistogramRow {
  labels = noLabels;
  sum = 0;
  createdMs = 0;
  readonly counts: Float64Array;
  readonly #cells: HistogramCells;
  readonly #exemplars: Exemplars | undefined;
  readonly #originMs: number;
  #series = 0;

  /** `buckets`: with that of +Inf. `originMs`: Unix time of the monotonic clock's 0. */
  constructor(
    cells: HistogramCells,
    buckets: number,
    exemplars: Exemplars | undefined,
    originMs: number,
  ) {
    this.#cells = cells;
    this.counts = new Float64Array(buckets);
    this.#exemplars = exemplars;
    this.#originMs = originMs;
  }

  /** The text format has none. */
  get exemplars(): HistogramRow['exemplars'] {
    return this.#exemplars?.read(this.#series, this.#originMs);
  }

  /** Only protobuf has it. */
  get native(): NativeHistogram | undefined {
    return this.#cells.nativeOf(this.#series);
  }

  /** False when the series has counted nothing. */
  read(series: number): boolean {
    const sum = this.#cells.sumOf(series);
    if (Number.isNaN(sum)) return false;
    this.#series = series;
    this.sum = sum;
    this.#cells.cumulate(series, this.counts);
    return true;
  }
}
