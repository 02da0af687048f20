import type { RowLabels } from '../../self/metric-rows.js';
import type { HttpRecorderOptions } from '../options/recorder-options.js';
import type { Labels } from '../recorder/label-table.js';
import type { RequestCounts } from '../recorder/request-counts.js';
import type { SeriesTable } from '../recorder/series-table.js';
import type { ValueRows } from './value-metric.js';

/** What the metrics of a recorder are read from, at the moment of a scrape. */
export interface RecorderSource {
  readonly options: HttpRecorderOptions;
  readonly counts: RequestCounts;
  readonly table: SeriesTable;
  /** What is in flight, where it is not told apart by method. */
  readonly inFlightRows: ValueRows | undefined;
  /** Unix time in ms of the moment that the recorder's own times count from. */
  originMs(): number;
  /** Called before the series are read: those that were idle for too long go. */
  collect(): void;
  /** A registry resets its metrics: all series go. */
  reset(): void;
}

/**
 * The labels of a series as one metric shows them. prom-client keeps the text of an object of shared
 * labels it has seen, so it gets the same one each time.
 */
export class ShownLabels {
  readonly #leftOut: ReadonlySet<string>;
  /** By series; its number may be another's later. */
  readonly #of: (Labels | undefined)[] = [];
  readonly #shown: RowLabels[] = [];

  /** Labels without a value are left out too: in Prometheus they are the same. */
  constructor(leftOut: Iterable<string> = []) {
    this.#leftOut = new Set(leftOut);
  }

  of(series: number, labels: Labels): RowLabels {
    if (this.#of[series] !== labels) {
      const isShown = ([name, value]: [string, string]) => value !== '' && !this.#leftOut.has(name);
      this.#of[series] = labels;
      this.#shown[series] = Object.fromEntries(Object.entries(labels).filter(isShown));
    }
    return this.#shown[series] as RowLabels;
  }
}
