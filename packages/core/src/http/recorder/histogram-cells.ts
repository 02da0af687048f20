import type { NativeHistogram } from '../../model/histogram.js';
import { spansOf } from '../../self/native-histogram/sparse-buckets.js';
import { type BucketGrid, observed } from './bucket-grid.js';
import type { CellRows } from './cell-rows.js';

/** The counts of one histogram for all series, in rows that it may share with others. */
export class HistogramCells {
  readonly grid: BucketGrid;
  readonly #rows: CellRows;
  /** Where in a row its sum is; the counts come behind it. */
  readonly #sum: number;

  constructor(grid: BucketGrid, rows: CellRows) {
    this.grid = grid;
    this.#rows = rows;
    this.#sum = rows.widen(1 + grid.cells);
  }

  /** Counts `observed[0]`, as 0 where it is negative or no number; gives its cell. */
  add(series: number): number {
    // A NaN would stay in the sum for ever.
    if (!((observed[0] as number) > 0)) observed[0] = 0;
    const rows = this.#rows;
    let start = rows.starts[series] as number;
    if (!(start > 0)) start = rows.take(series);
    const cell = this.grid.cellOfObserved();
    const { cells } = rows;
    const sum = start + this.#sum;
    cells[sum]! += observed[0] as number;
    cells[sum + 1 + cell]!++;
    return cell;
  }

  /** The counts by cell and the sum of a series that has counted something. */
  read(series: number): { counts: Float64Array; sum: number } | undefined {
    const start = this.#rows.starts[series] ?? 0;
    if (start === 0) return undefined;
    const at = start + this.#sum;
    const sum = this.#rows.cells[at] as number;
    const counts = this.#rows.cells.subarray(at + 1, at + 1 + this.grid.cells);
    // Of the histograms that share the row another one may have counted.
    const hasCounted = sum > 0 || counts.some((count) => count > 0);
    return hasCounted ? { counts, sum } : undefined;
  }

  /** How often the series was observed. */
  countOf(series: number): number {
    const { counts = [] } = this.read(series) ?? {};
    let total = 0;
    for (const count of counts) total += count;
    return total;
  }
}

/** The classic buckets and +Inf, cumulated. */
export function cumulate(grid: BucketGrid, counts: Float64Array, cumulated: Float64Array): void {
  cumulated.fill(0);
  for (let cell = 0; cell < counts.length; cell++) {
    cumulated[grid.classicOf[cell] as number]! += counts[cell] as number;
  }
  for (let i = 1; i < cumulated.length; i++) cumulated[i]! += cumulated[i - 1] as number;
}

/** The exponential buckets; undefined where the grid has none. */
export function nativeOf(grid: BucketGrid, counts: Float64Array): NativeHistogram | undefined {
  if (grid.range === undefined) return undefined;
  const { schema, lowestExponent } = grid.range;
  const first = grid.firstExponential;
  let zeroCount = 0;
  const indexes: number[] = [];
  const filled: number[] = [];
  for (let cell = 0; cell < counts.length; cell++) {
    const count = counts[cell] as number;
    if (count === 0) continue;
    const index = grid.exponentialOf[cell] as number;
    if (index < first) zeroCount += count;
    else if (indexes.at(-1) === index) filled[filled.length - 1]! += count;
    else {
      indexes.push(index);
      filled.push(count);
    }
  }
  const { spans, counts: positiveCounts } = spansOf(indexes, filled, indexes.length);
  const noNegatives = { negativeSpans: [], negativeCounts: [] };
  const zeroThreshold = 2 ** lowestExponent;
  return { schema, zeroThreshold, zeroCount, positiveSpans: spans, positiveCounts, ...noNegatives };
}
