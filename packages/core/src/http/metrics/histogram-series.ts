import type { NativeHistogram } from '../../model/histogram.js';
import type { HistogramRow, RowLabels } from '../../self/metric-rows.js';
import { cumulate, type HistogramCells, nativeOf } from '../recorder/histogram-cells.js';

const noLabels: RowLabels = {};
const noCounts = new Float64Array(0);

/**
 * The row of one series after the other: thousands of objects per scrape would have the whole
 * process wait for their collection.
 */
export class HistogramSeriesRow implements HistogramRow {
  labels = noLabels;
  sum = 0;
  exemplars: HistogramRow['exemplars'];
  createdMs = 0;
  readonly counts: Float64Array;
  readonly #cells: HistogramCells;
  #cellCounts: Float64Array = noCounts;

  /** `buckets`: with that of +Inf. */
  constructor(cells: HistogramCells, buckets: number) {
    this.#cells = cells;
    this.counts = new Float64Array(buckets);
  }

  /** Only protobuf has it. */
  get native(): NativeHistogram | undefined {
    return nativeOf(this.#cells.grid, this.#cellCounts);
  }

  /** False when the series has counted nothing. */
  read(series: number): boolean {
    const found = this.#cells.read(series);
    if (found === undefined) return false;
    this.#cellCounts = found.counts;
    this.sum = found.sum;
    cumulate(this.#cells.grid, found.counts, this.counts);
    return true;
  }
}
