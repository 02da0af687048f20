import type { HistogramText, HttpRecorderOptions } from '../options/recorder-options.js';
import { BucketGrid, type ExponentialRange } from './bucket-grid.js';
import { CellRows } from './cell-rows.js';
import { Exemplars } from './exemplars.js';
import { HistogramCells } from './histogram-cells.js';
import { methodLabels } from './methods.js';

/** From a microsecond to a day and a half, eight buckets to each power of two. */
const secondsRange: ExponentialRange = { schema: 3, lowestExponent: -20, highestExponent: 17 };
/** From a byte to 16 TiB, two buckets to each power of two. */
const bytesRange: ExponentialRange = { schema: 1, lowestExponent: -1, highestExponent: 44 };

/** Where a summary is asked for and no histogram. */
const noBuckets: readonly number[] = [];

/** Everything a recorder has counted, by series; by method what is in flight. */
export class RequestCounts {
  readonly duration: HistogramCells;
  readonly timeToHeaders: HistogramCells | undefined;
  readonly requestSize: HistogramCells | undefined;
  readonly responseSize: HistogramCells | undefined;
  readonly exemplars: Exemplars | undefined;
  /** Two per series: aborted before the headers, and after them. */
  aborted: Float64Array<ArrayBufferLike> = new Float64Array(64);
  /** Of what every request is counted in. */
  readonly #rows = new CellRows();
  /** Few routes stream. */
  readonly #rowsOfStreams = new CellRows();
  readonly inFlight = new Int32Array(methodLabels.length);
  /** 1 for those that a request had. */
  readonly methodsSeen = new Uint8Array(methodLabels.length);

  constructor({ metrics, nativeHistograms, exemplars }: HttpRecorderOptions) {
    const cellsOf = (text: HistogramText | undefined, range: ExponentialRange, rows: CellRows) =>
      text &&
      new HistogramCells(new BucketGrid(text.buckets, nativeHistograms ? range : undefined), rows);
    const { duration, summary, timeToHeaders, requestSize, responseSize } = metrics;
    // Quantiles are read from the exponential buckets.
    const durationRange = nativeHistograms || summary !== undefined ? secondsRange : undefined;
    const grid = new BucketGrid(duration?.buckets ?? noBuckets, durationRange);
    this.duration = new HistogramCells(grid, this.#rows);
    this.requestSize = cellsOf(requestSize, bytesRange, this.#rows);
    this.responseSize = cellsOf(responseSize, bytesRange, this.#rows);
    this.timeToHeaders = cellsOf(timeToHeaders, secondsRange, this.#rowsOfStreams);
    this.exemplars = exemplars ? new Exemplars(grid.classicBounds.length + 1) : undefined;
  }

  countAbort(series: number, headersSent: boolean): void {
    const at = series * 2 + (headersSent ? 1 : 0);
    if (at >= this.aborted.length) {
      const larger = new Float64Array(at * 2);
      larger.set(this.aborted);
      this.aborted = larger;
    }
    this.aborted[at]!++;
  }

  /** Forgets a series. */
  remove(series: number): void {
    this.#rows.remove(series);
    this.#rowsOfStreams.remove(series);
    this.exemplars?.remove(series);
    this.aborted.fill(0, series * 2, series * 2 + 2);
  }

  /** Forgets all series; what is in flight stays. */
  reset(): void {
    this.#rows.reset();
    this.#rowsOfStreams.reset();
    this.exemplars?.reset();
    this.aborted.fill(0);
  }
}
