/** The labels of a series. */
export interface HttpSeries {
  readonly method: string;
  readonly route: string;
  readonly statusCode: string;
}

/** Takes what comes after `maxSeries`. It is number 0, so that a zero in a table reads "none yet". */
export const overflowSeries = 0;

const overflowLabel = '__overflow__';

/** Histograms of series that are known by small numbers, in typed arrays. */
export class HttpSeriesTable {
  readonly #bounds: Float64Array;
  readonly #maxSeries: number;
  #series: HttpSeries[] = [];
  /** Per series: one count for each bound and one for +Inf, not cumulated. */
  #counts: Float64Array<ArrayBufferLike>;
  #sums: Float64Array<ArrayBufferLike> = new Float64Array(64);

  constructor(bounds: readonly number[], maxSeries: number) {
    this.#bounds = Float64Array.from(bounds);
    this.#maxSeries = maxSeries;
    this.#counts = new Float64Array(64 * (bounds.length + 1));
    this.reset();
  }

  /** The number of a new series; {@link overflowSeries} when there are too many. */
  add(labels: HttpSeries): number {
    if (this.#series.length > this.#maxSeries) return overflowSeries;
    const id = this.#series.push(labels) - 1;
    this.#counts = grown(this.#counts, (id + 1) * (this.#bounds.length + 1));
    this.#sums = grown(this.#sums, id + 1);
    return id;
  }

  /** Counts one request. Seconds that are no duration (NaN, negative) count as 0. */
  count(series: number, seconds: number): void {
    const bounds = this.#bounds;
    // A NaN would stay in the sum for ever.
    const duration = Number.isNaN(seconds) ? 0 : Math.max(seconds, 0);
    // Most requests end within the first bounds, where a linear search beats a binary one.
    let bucket = 0;
    while (bucket < bounds.length && duration > (bounds[bucket] as number)) bucket++;
    const cell = series * (bounds.length + 1) + bucket;
    this.#counts[cell] = (this.#counts[cell] as number) + 1;
    this.#sums[series] = (this.#sums[series] as number) + duration;
  }

  /** How many there are; they are numbered from 0. */
  get size(): number {
    return this.#series.length;
  }

  /** A series that has counted something: its labels, its counts not cumulated, its sum. */
  read(id: number): [labels: HttpSeries, counts: Float64Array, sum: number] | undefined {
    const labels = this.#series[id];
    const cells = this.#bounds.length + 1;
    const counts = this.#counts.subarray(id * cells, (id + 1) * cells);
    if (labels === undefined || !counts.some((count) => count > 0)) return undefined;
    return [labels, counts, this.#sums[id] ?? 0];
  }

  /** Calls `visit` for each series that has counted something, in order of appearance. */
  forEach(visit: (labels: HttpSeries, counts: Float64Array, sum: number) => void): void {
    for (let id = 0; id < this.size; id++) {
      const series = this.read(id);
      if (series !== undefined) visit(...series);
    }
  }

  /** Forgets all series. */
  reset(): void {
    this.#series = [{ method: overflowLabel, route: overflowLabel, statusCode: overflowLabel }];
    this.#counts.fill(0);
    this.#sums.fill(0);
  }
}

function grown(array: Float64Array, length: number): Float64Array {
  if (length <= array.length) return array;
  const larger = new Float64Array(Math.max(length, array.length * 2));
  larger.set(array);
  return larger;
}
