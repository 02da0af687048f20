import { parseDuration } from '../config/duration.js';
import type { Labels } from '../model/labels.js';
import { scrapeIntervalLabel, scrapeTimeoutLabel } from './hidden-labels.js';

/** How often and how long a target is scraped. */
export interface ScrapeTimes {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** Reads a relabelled target's own interval and timeout; a string says what is wrong with them. */
export function readScrapeTimes(labels: Labels): ScrapeTimes | string {
  const intervalMs = readDuration(labels, scrapeIntervalLabel);
  if (typeof intervalMs === 'string') return intervalMs;
  const timeoutMs = readDuration(labels, scrapeTimeoutLabel);
  if (typeof timeoutMs === 'string') return timeoutMs;
  if (timeoutMs > intervalMs) {
    return (
      `${scrapeTimeoutLabel} (${labels.get(scrapeTimeoutLabel)}) is longer than ` +
      `${scrapeIntervalLabel} (${labels.get(scrapeIntervalLabel)})`
    );
  }
  return { intervalMs, timeoutMs };
}

function readDuration(labels: Labels, name: string): number | string {
  const text = labels.get(name);
  if (text === undefined) return `${name} is missing: relabelling removed it`;
  const ms = parseDuration(text);
  if (ms === undefined)
    return `${name} is ${JSON.stringify(text)}, expected a duration such as 15s`;
  return ms === 0 ? `${name} is 0, expected a duration such as 15s` : ms;
}
