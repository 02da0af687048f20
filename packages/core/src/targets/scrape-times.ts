import { parseDuration } from '../config/duration.js';
import { type ReadLabels, scrapeIntervalLabel, scrapeTimeoutLabel } from './hidden-labels.js';

/** How often and how long a target is scraped. */
export interface ScrapeTimes {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

// Targets share a handful of intervals; a relabelling that makes one of a counter must not fill memory.
const mostRemembered = 100;

/** Reads the interval and timeout of relabelled targets, of which most have the same. */
export class ScrapeTimesReader {
  /** By the text of the interval, then by that of the timeout. */
  readonly #known = new Map<string, Map<string, ScrapeTimes | string>>();
  #size = 0;

  /** A string says what is wrong with them. */
  read(labels: ReadLabels): ScrapeTimes | string {
    const intervalText = labels.get(scrapeIntervalLabel) ?? '';
    const timeoutText = labels.get(scrapeTimeoutLabel) ?? '';
    const known = this.#known.get(intervalText)?.get(timeoutText);
    if (known !== undefined) return known;
    const times = readTimes(intervalText, timeoutText);
    this.#remember(intervalText, timeoutText, times);
    return times;
  }

  #remember(intervalText: string, timeoutText: string, times: ScrapeTimes | string): void {
    if (++this.#size > mostRemembered) {
      this.#known.clear();
      this.#size = 1;
    }
    const byTimeout = this.#known.get(intervalText);
    if (byTimeout !== undefined) byTimeout.set(timeoutText, times);
    else this.#known.set(intervalText, new Map([[timeoutText, times]]));
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
