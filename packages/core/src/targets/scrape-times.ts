import { parseDuration } from '../config/duration.js';
import type { Labels } from '../model/labels.js';
import { scrapeIntervalLabel, scrapeTimeoutLabel } from './hidden-labels.js';

/** How often and how long a target is scraped. */
export interface ScrapeTimes {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** Reads the interval and timeout of relabelled targets, which most often have all the same. */
export class ScrapeTimesReader {
  #intervalText: string | undefined;
  #timeoutText: string | undefined;
  #last: ScrapeTimes | string = '';

  /** A string says what is wrong with them. */
  read(labels: Labels): ScrapeTimes | string {
    const intervalText = labels.get(scrapeIntervalLabel) ?? '';
    const timeoutText = labels.get(scrapeTimeoutLabel) ?? '';
    if (intervalText !== this.#intervalText || timeoutText !== this.#timeoutText) {
      this.#intervalText = intervalText;
      this.#timeoutText = timeoutText;
      this.#last = readTimes(intervalText, timeoutText);
    }
    return this.#last;
  }
}

function readTimes(intervalText: string, timeoutText: string): ScrapeTimes | string {
  const intervalMs = readDuration(scrapeIntervalLabel, intervalText);
  if (typeof intervalMs === 'string') return intervalMs;
  const timeoutMs = readDuration(scrapeTimeoutLabel, timeoutText);
  if (typeof timeoutMs === 'string') return timeoutMs;
  if (timeoutMs <= intervalMs) return { intervalMs, timeoutMs };
  return (
    `${scrapeTimeoutLabel} (${timeoutText}) is longer than ` +
    `${scrapeIntervalLabel} (${intervalText})`
  );
}

function readDuration(name: string, text: string): number | string {
  if (text === '') return `${name} is missing: relabelling removed it`;
  const ms = parseDuration(text);
  if (ms === undefined)
    return `${name} is ${JSON.stringify(text)}, expected a duration such as 15s`;
  return ms === 0 ? `${name} is 0, expected a duration such as 15s` : ms;
}
