import type { NativeHistogram } from '../../model/histogram.js';
import { spansOf } from '../../self/native-histogram/sparse-buckets.js';
import { type BucketGrid, observed } from './bucket-grid.js';

/**
 * The counts of one histogram for all series, in typed arrays. A series takes a row when it is
 * observed for the first time, so a histogram that few series have is small.
 */
export class HistogramCells {
  readonly grid: BucketGrid;
  readonly #cells: number;
  /** Series → row; row 0 is nobody's. */
  #rowOf = new Int32Array(64);
  #rows = 1;
  readonly #freeRows: number[] = [];
  #counts: Float64Array<ArrayBufferLike>;
  #sums: Float64Array<ArrayBufferLike> = new Float64Array(64);

  constructor(grid: BucketGrid) {
    this.grid = grid;
    this.#cells = grid.cells;
    this.#counts = new Float64Array(16 * grid.cells);
  }

  /** Counts `observed[0]`, as 0 where it is negative or no number; gives its cell. */
  add(series: number): number {
    // A NaN would stay in the sum for ever.
    if (!((observed[0] as number) > 0)) observed[0] = 0;
    let row = this.#rowOf[series] as number;
    if (!(row > 0)) row = this.#takeRow(series);
    const cell = this.grid.cellOfObserved();
    this.#counts[row * this.#cells + cell]!++;
    this.#sums[row]! += observed[0] as number;
    return cell;
  }

  /** The counts by cell and the sum of a series that has counted something. */
  read(series: number): { counts: Float64Array; sum: number } | undefined {
    const row = this.#rowOf[series] ?? 0;
    if (row === 0) return undefined;
    const counts = this.#counts.subarray(row * this.#cells, (row + 1) * this.#cells);
    return { counts, sum: this.#sums[row] as number };
  }

  /** How often the series was observed. */
  countOf(series: number): number {
    const { counts = [] } = this.read(series) ?? {};
    let total = 0;
    for (const count of counts) total += count;
    return total;
  }

  /** Forgets a series. */
  remove(series: number): void {
    const row = this.#rowOf[series] ?? 0;
    if (row === 0) return;
    this.#counts.fill(0, row * this.#cells, (row + 1) * this.#cells);
    this.#sums[row] = 0;
    this.#rowOf[series] = 0;
    this.#freeRows.push(row);
  }

  /** Forgets all series. */
  reset(): void {
    this.#rowOf.fill(0);
    this.#counts.fill(0);
    this.#sums.fill(0);
    this.#rows = 1;
    this.#freeRows.length = 0;
  }

  #takeRow(series: number): number {
    const row = this.#freeRows.pop() ?? this.#rows++;
    if (series >= this.#rowOf.length) {
      const larger = new Int32Array(Math.max(series + 1, this.#rowOf.length * 2));
      larger.set(this.#rowOf);
      this.#rowOf = larger;
    }
    this.#counts = grown(this.#counts, this.#rows * this.#cells);
    this.#sums = grown(this.#sums, this.#rows);
    this.#rowOf[series] = row;
    return row;
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

function grown(array: Float64Array, length: number): Float64Array {
  if (length <= array.length) return array;
  const larger = new Float64Array(Math.max(length, array.length * 2));
  larger.set(array);
  return larger;
}
