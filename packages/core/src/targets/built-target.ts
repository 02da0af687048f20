import type { TargetGroup } from '../discovery/discovery.js';
import type { Labels } from '../model/labels.js';
import { unpackLabels } from '../model/packed-labels.js';
import type { TextPage, TextPages, TextPair } from '../model/text-pages.js';
import type { FoundTarget } from './found-target.js';
import type { HistogramSettings } from './histogram-settings.js';
import type { ScrapeTimes } from './scrape-times.js';
import type { Target } from './target.js';
import type { TargetBuilder } from './target-builder.js';

/** What one target may have otherwise than its job. */
interface TargetSettings {
  readonly times: ScrapeTimes;
  readonly histograms: HistogramSettings | undefined;
}

/**
 * A target as it is kept, perhaps one of ten thousand: what is seldom looked at is made when it is. Of a class of
 * its own: an object with a getter of its own is a hash table to V8, five times as large.
 */
export class BuiltTarget implements Target, FoundTarget {
  readonly id: string;
  readonly group: TargetGroup;
  readonly place: number;
  readonly histograms: HistogramSettings | undefined;
  readonly #times: ScrapeTimes;
  readonly #builder: TargetBuilder;
  readonly #page: TextPage;
  /** Where on the page the URL stands, and behind it the packed labels. */
  readonly #urlPlace: number;

  constructor(
    builder: TargetBuilder,
    { group, place }: FoundTarget,
    id: string,
    { times, histograms }: TargetSettings,
    { page, place: urlPlace }: TextPages,
  ) {
    this.#builder = builder;
    this.group = group;
    this.place = place;
    this.id = id;
    this.#times = times;
    this.histograms = histograms;
    this.#page = page;
    this.#urlPlace = urlPlace;
  }

  /** There is none: see entry.ts. */
  get problem(): undefined {
    return undefined;
  }

  get job(): string {
    return this.#builder.config.job.name;
  }

  get url(): string {
    return this.#page.read(this.#urlPlace);
  }

  get intervalMs(): number {
    return this.#times.intervalMs;
  }

  get timeoutMs(): number {
    return this.#times.timeoutMs;
  }

  get labels(): Labels {
    return unpackLabels(this.#page.readNext(this.#urlPlace));
  }

  get texts(): TextPair {
    return { page: this.#page, place: this.#urlPlace };
  }

  get discoveredLabels(): Labels {
    return this.#builder.discovered(this);
  }
}
