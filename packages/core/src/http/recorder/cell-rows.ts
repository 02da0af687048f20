/**
 * A row of numbers for each series, all in one array. Histograms that every request is counted in share the
 * rows: a request then touches one of them, and one array's header, where each histogram would have its own. After the
 * work of a request none of that is left in the processor's first cache.
 */
export class CellRows {
  /** Row by row; the first row is nobody's. */
  cells: Float64Array<ArrayBufferLike> = new Float64Array(0);
  /** Series → where its row begins; 0: it has none. A series takes one when it is observed for the first time. */
  starts: Int32Array<ArrayBufferLike> = new Int32Array(64);
  #width = 0;
  #rows = 1;
  readonly #freeStarts: number[] = [];

  /** Makes the rows longer, before the first one is taken; gives where in a row the new cells are. */
  widen(cells: number): number {
    const at = this.#width;
    this.#width += cells;
    this.cells = new Float64Array(16 * this.#width);
    return at;
  }

  /** A row for a series that has none. */
  take(series: number): number {
    const start = this.#freeStarts.pop() ?? this.#rows++ * this.#width;
    if (series >= this.starts.length) {
      const larger = new Int32Array(Math.max(series + 1, this.starts.length * 2));
      larger.set(this.starts);
      this.starts = larger;
    }
    if (start + this.#width > this.cells.length) {
      const larger = new Float64Array(this.cells.length * 2);
      larger.set(this.cells);
      this.cells = larger;
    }
    this.starts[series] = start;
    return start;
  }

  /** Forgets a series. */
  remove(series: number): void {
    const start = this.starts[series] ?? 0;
    if (start === 0) return;
    this.cells.fill(0, start, start + this.#width);
    this.starts[series] = 0;
    this.#freeStarts.push(start);
  }

  /** Forgets all series. */
  reset(): void {
    this.starts.fill(0);
    this.cells.fill(0);
    this.#rows = 1;
    this.#freeStarts.length = 0;
  }
}
