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
    const at = this.#find(series);
    if (at < 0) return undefined;
    const { cells } = this.#rows;
    const counts = cells.subarray(at + 1, at + 1 + this.grid.cells);
    return { counts, sum: cells[at] as number };
  }

  /** NaN for a series that has counted nothing. */
  sumOf(series: number): number {
    const at = this.#find(series);
    return at < 0 ? Number.NaN : (this.#rows.cells[at] as number);
  }

  /** How often the series was observed. */
  countOf(series: number): number {
    const at = this.#find(series);
    if (at < 0) return 0;
    return sumOfCells(this.#rows.cells, at + 1, at + 1 + this.grid.cells);
  }

  /** The classic buckets and +Inf of a series, cumulated. */
  cumulate(series: number, cumulated: Float64Array): void {
    const at = this.#find(series);
    if (at < 0) {
      cumulated.fill(0);
      return;
    }
    const { cells } = this.#rows;
    const { classicEnds } = this.grid;
    const first = at + 1;
    let cell = first;
    let total = 0;
    for (let bucket = 0; bucket < classicEnds.length; bucket++) {
      const end = first + (classicEnds[bucket] as number);
      total += sumOfCells(cells, cell, end);
      cumulated[bucket] = total;
      cell = end;
    }
  }

  /** The exponential buckets of a series; undefined where the grid has none. */
  nativeOf(series: number): NativeHistogram | undefined {
    const found = this.read(series);
    return found && nativeOf(this.grid, found.counts);
  }

  /** Where the sum of a series is, with its counts behind it; -1: it has counted nothing. */
  #find(series: number): number {
    const start = this.#rows.starts[series] ?? 0;
    if (start === 0) return -1;
    const { cells } = this.#rows;
    const at = start + this.#sum;
    if ((cells[at] as number) > 0) return at;
    // Of the histograms that share the row another one may have counted; and a sum of 0 may be of many.
    const end = at + 1 + this.grid.cells;
    for (let cell = at + 1; cell < end; cell++) if ((cells[cell] as number) > 0) return at;
    return -1;
  }
}

/** Two sums at a time: each addition waits for the one before. */
function sumOfCells(cells: Float64Array, from: number, end: number): number {
  let even = 0;
  let odd = 0;
  let cell = from;
  for (; cell + 1 < end; cell += 2) {
    even += cells[cell] as number;
    odd += cells[cell + 1] as number;
  }
  return even + odd + (cell < end ? (cells[cell] as number) : 0);
}

/** The exponential buckets; undefined where the grid has none. */
function nativeOf(grid: BucketGrid, counts: Float64Array): NativeHistogram | undefined {
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
