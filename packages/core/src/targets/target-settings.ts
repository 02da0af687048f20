import type { HistogramSettings } from './histogram-settings.js';
import type { ScrapeTimes } from './scrape-times.js';
import type { TargetBuilder } from './target-builder.js';

/** What many targets of a job have in common: one object for all of them. */
export interface TargetSettings {
  /** Of the job. */
  readonly builder: TargetBuilder;
  readonly times: ScrapeTimes;
  readonly histograms: HistogramSettings | undefined;
}

/** Those of a job that read their histograms as it says, by their times. */
export class CommonSettings {
  readonly #builder: TargetBuilder;
  readonly #byTimes = new Map<ScrapeTimes, TargetSettings>();

  constructor(builder: TargetBuilder) {
    this.#builder = builder;
  }

  of(times: ScrapeTimes): TargetSettings {
    const known = this.#byTimes.get(times);
    if (known !== undefined) return known;
    const settings = { builder: this.#builder, times, histograms: undefined };
    // As many as are remembered of the times: scrape-times.ts.
    if (this.#byTimes.size >= 100) this.#byTimes.clear();
    this.#byTimes.set(times, settings);
    return settings;
  }
}
