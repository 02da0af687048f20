import type { TargetGroup } from '../discovery/discovery.js';
import type { Labels } from '../model/labels.js';
import { unpackLabels } from '../model/packed-labels.js';
import type { TextPage, TextPair } from '../model/text-pages.js';
import type { FoundTarget } from './found-target.js';
import type { HistogramSettings } from './histogram-settings.js';
import type { Target } from './target.js';
import type { TargetSettings } from './target-settings.js';

/**
 * A target as it is handed on, perhaps one of ten thousand: what is seldom looked at is made when it is. Who keeps
 * many keeps their parts: see Entries. Of a class of its own: an object with a getter of its own is a hash table to V8,
 * five times as large.
 */
export class BuiltTarget implements Target, FoundTarget {
  readonly id: string;
  readonly group: TargetGroup;
  readonly place: number;
  readonly settings: TargetSettings;
  readonly page: TextPage;
  /** Where on the page the URL stands, and behind it the packed labels. */
  readonly urlPlace: number;

  constructor(
    id: string,
    { group, place }: FoundTarget,
    settings: TargetSettings,
    { page, place: urlPlace }: TextPair,
  ) {
    this.id = id;
    this.group = group;
    this.place = place;
    this.settings = settings;
    this.page = page;
    this.urlPlace = urlPlace;
  }

  get job(): string {
    return this.settings.builder.config.job.name;
  }

  get url(): string {
    return this.page.read(this.urlPlace);
  }

  get intervalMs(): number {
    return this.settings.times.intervalMs;
  }

  get timeoutMs(): number {
    return this.settings.times.timeoutMs;
  }

  get histograms(): HistogramSettings | undefined {
    return this.settings.histograms;
  }

  get labels(): Labels {
    return unpackLabels(this.page.readNext(this.urlPlace));
  }

  get texts(): TextPair {
    return { page: this.page, place: this.urlPlace };
  }

  get discoveredLabels(): Labels {
    return this.settings.builder.discovered(this);
  }
}
