import { type Labels, metricNameLabel } from '../model/labels.js';
import type { LabelEncoder } from './label-encoder.js';
import type { SeriesTable } from './series-table.js';

/** What a scrape says of itself. Order and names are Prometheus' (scrape/scrape.go, report). */
export interface ScrapeReport {
  readonly up: 0 | 1;
  readonly durationSeconds: number;
  /** Samples in the body. */
  readonly samplesScraped: number;
  /** Of them, left after metric relabelling, duplicates included. */
  readonly samplesPostMetricRelabelling: number;
  readonly seriesAdded: number;
}

const names = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
];

export const syntheticCount = names.length;

/** Adds the synthetic series of a target: target labels and external labels, no metric relabelling. */
export function addSyntheticSeries(
  table: SeriesTable,
  targetLabels: Labels,
  encoder: LabelEncoder,
): Int32Array {
  return Int32Array.from(names, (name) =>
    table.addLabels(encoder.encode(new Map([...targetLabels, [metricNameLabel, name]]))),
  );
}

export function writeReport(report: ScrapeReport, values: Float64Array, at: number): void {
  values[at] = report.up;
  values[at + 1] = report.durationSeconds;
  values[at + 2] = report.samplesScraped;
  values[at + 3] = report.samplesPostMetricRelabelling;
  values[at + 4] = report.seriesAdded;
}
