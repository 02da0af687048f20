import { type Labels, metricNameLabel, sortedLabels } from '../model/labels.js';
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
  readonly timeoutSeconds: number;
  readonly sampleLimit: number;
  /** Decompressed; -1 when body_size_limit refused it, 0 when there was none. */
  readonly bodyBytes: number;
}

const names = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
];

const extraNames = ['scrape_timeout_seconds', 'scrape_sample_limit', 'scrape_body_size_bytes'];

/** With extra_scrape_metrics. */
export const mostSynthetic = names.length + extraNames.length;

/** Adds the synthetic series of a target: target labels and external labels, no metric relabelling. */
export function addSyntheticSeries(
  table: SeriesTable,
  targetLabels: Labels,
  encoder: LabelEncoder,
  withExtra: boolean,
): Int32Array {
  const labels = reportLabels(targetLabels);
  return Int32Array.from(withExtra ? [...names, ...extraNames] : names, (name) =>
    table.addLabels(encoder.encode(labels.set(metricNameLabel, name))),
  );
}

/**
 * Prometheus clears what a synthetic series "exposed" under `exported_` and the target label's name,
 * label by label in order: so of the target labels exported_foo and foo only foo stays (scrape.go,
 * mutateReportSampleLabels).
 */
function reportLabels(targetLabels: Labels): Map<string, string> {
  const labels = new Map<string, string>();
  for (const [name, value] of sortedLabels(targetLabels)) {
    labels.delete(`exported_${name}`);
    labels.set(name, value);
  }
  return labels;
}

/** Writes `count` values, with or without the extra ones. */
export function writeReport(
  report: ScrapeReport,
  values: Float64Array,
  at: number,
  count: number,
): void {
  values[at] = report.up;
  values[at + 1] = report.durationSeconds;
  values[at + 2] = report.samplesScraped;
  values[at + 3] = report.samplesPostMetricRelabelling;
  values[at + 4] = report.seriesAdded;
  if (count === names.length) return;
  values[at + 5] = report.timeoutSeconds;
  values[at + 6] = report.sampleLimit;
  values[at + 7] = report.bodyBytes;
}
