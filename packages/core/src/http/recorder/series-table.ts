import type { Clock } from '../../clock.js';
import { type Labels, LabelTable } from './label-table.js';

/** Takes what comes after `maxSeries`. */
export const overflowSeries = 0;

export const overflowLabel = '__overflow__';

export interface SeriesLimits {
  readonly maxSeries: number;
  /** Series that count nothing for that long are forgotten; 0: never. */
  readonly seriesTtlMs: number;
}

/** The series of all of a recorder's metrics: what they are called, when they began, which are idle. */
export class SeriesTable {
  readonly #limits: SeriesLimits;
  readonly #clock: Clock;
  readonly #table: LabelTable;
  readonly #overflowLabels: Labels;
  readonly #createdMs: number[] = [];
  /** The render it was too late for, were it running; see {@link nextRender}. */
  readonly #bornIn: number[] = [];
  #render = 0;
  /** What each had counted when that was last another number than before, and when that was seen. */
  readonly #seen: { count: number; atMs: number }[] = [];

  constructor(names: readonly string[], limits: SeriesLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#table = new LabelTable(names, limits.maxSeries);
    this.#overflowLabels = Object.fromEntries(names.map((name) => [name, overflowLabel]));
    this.#createdMs[overflowSeries] = clock.nowMs();
  }

  /** They are numbered from 0, the overflow series, to this. */
  get last(): number {
    return this.#table.last;
  }

  /** The series with these labels; {@link overflowSeries} when there are too many. */
  take(labels: Labels): number {
    const found = this.#table.find(labels);
    if (found !== 0) return found;
    const series = this.#table.add(labels);
    if (series === 0) return overflowSeries;
    this.#createdMs[series] = this.#clock.nowMs();
    this.#bornIn[series] = this.#render;
    this.#seen[series] = { count: 0, atMs: this.#clock.monotonicMs() };
    return series;
  }

  labelsOf(series: number): Labels | undefined {
    return series === overflowSeries ? this.#overflowLabels : this.#table.labelsOf(series);
  }

  /** Unix ms. */
  createdMsOf(series: number): number {
    return this.#createdMs[series] ?? 0;
  }

  /** A number for a render that begins; it shows the series that {@link isOlder} than that. */
  nextRender(): number {
    return ++this.#render;
  }

  /**
   * A series that came later waits for the next render: it may be one that went and came back under
   * another number, and was shown already.
   */
  isOlder(series: number, render: number): boolean {
    return (this.#bornIn[series] ?? 0) < render;
  }

  /** Takes out those that have counted nothing for too long. */
  takeIdle(countOf: (series: number) => number): number[] {
    const { seriesTtlMs } = this.#limits;
    if (seriesTtlMs === 0) return [];
    const nowMs = this.#clock.monotonicMs();
    const idle: number[] = [];
    for (let series = 1; series <= this.last; series++) {
      const seen = this.#seen[series];
      if (this.#table.labelsOf(series) === undefined || seen === undefined) continue;
      const count = countOf(series);
      if (count !== seen.count) this.#seen[series] = { count, atMs: nowMs };
      else if (nowMs - seen.atMs >= seriesTtlMs) idle.push(series);
    }
    for (const series of idle) this.#table.remove(series);
    return idle;
  }

  clear(): void {
    this.#table.clear();
    this.#createdMs.length = 0;
    this.#bornIn.length = 0;
    this.#seen.length = 0;
    this.#createdMs[overflowSeries] = this.#clock.nowMs();
  }
}
