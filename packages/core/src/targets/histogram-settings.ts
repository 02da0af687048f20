import {
  alwaysClassicLabel,
  classicToCustomLabel,
  type ReadLabels,
  scrapeNativeLabel,
} from './hidden-labels.js';
import type { ScrapeJob } from './scrape-job.js';

/** How the histograms of a target are read. */
export type HistogramSettings = Pick<
  ScrapeJob,
  'scrapeNativeHistograms' | 'alwaysScrapeClassicHistograms' | 'convertClassicHistogramsToNhcb'
>;

const fields = [
  ['scrapeNativeHistograms', scrapeNativeLabel],
  ['alwaysScrapeClassicHistograms', alwaysClassicLabel],
  ['convertClassicHistogramsToNhcb', classicToCustomLabel],
] as const;

/** What the job says, as labels that relabelling may change for one target. */
export function histogramLabels(job: HistogramSettings): [name: string, value: string][] {
  return fields.map(([field, label]) => [label, String(job[field])]);
}

/**
 * What the labels of a relabelled target say otherwise than its job: undefined when nothing, a
 * string that says what is wrong when one of them is no boolean. A label that relabelling took away
 * leaves the word to the job.
 */
export function histogramOverrides(
  labels: ReadLabels,
  job: HistogramSettings,
): HistogramSettings | string | undefined {
  let overrides: Record<keyof HistogramSettings, boolean> | undefined;
  for (const [field, label] of fields) {
    const text = labels.get(label);
    if (text === undefined || text === '' || text === (job[field] ? 'true' : 'false')) continue;
    const value = goBooleans.get(text);
    if (value === undefined) return `${label} is ${JSON.stringify(text)}, expected true or false`;
    if (value === job[field]) continue;
    overrides ??= {
      scrapeNativeHistograms: job.scrapeNativeHistograms,
      alwaysScrapeClassicHistograms: job.alwaysScrapeClassicHistograms,
      convertClassicHistogramsToNhcb: job.convertClassicHistogramsToNhcb,
    };
    overrides[field] = value;
  }
  return overrides;
}

/** What Go's strconv.ParseBool takes. */
const goBooleans: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);
