import { type Labels, metricNameLabel, sortedLabels } from '../../model/labels.js';
import type { LabelEncoder } from '../series/label-encoder.js';
import type { KnownSeries } from '../series/series-snapshot.js';
import type { SeriesTable } from '../series/series-table.js';
import type { TargetBatch } from './target-batch.js';

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
  /** Series of the target that count for its limit; and samples of those that are too many. */
  readonly series: number;
  readonly seriesLimit: number;
  readonly samplesOverLimit: number;
}

const names = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
];

const extraNames = ['scrape_timeout_seconds', 'scrape_sample_limit', 'scrape_body_size_bytes'];

/** Of a target that has a series limit: names and meaning are vmagent's. */
const limitNames = [
  'scrape_series_current',
  'scrape_series_limit',
  'scrape_series_limit_samples_dropped',
];

export const mostSynthetic = names.length + extraNames.length + limitNames.length;

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

/** The synthetic series of one target: its labels and the external ones, no metric relabelling. */
export class SyntheticSeries {
  readonly refs: Int32Array;
  readonly #withExtra: boolean;
  readonly #withLimit: boolean;

  /** @param withExtra extra_scrape_metrics */
  constructor(
    table: SeriesTable,
    targetLabels: Labels,
    encoder: LabelEncoder,
    withExtra: boolean,
    withLimit: boolean,
  ) {
    this.#withExtra = withExtra;
    this.#withLimit = withLimit;
    const all = [...names];
    if (withExtra) all.push(...extraNames);
    if (withLimit) all.push(...limitNames);
    const labels = reportLabels(targetLabels);
    this.refs = Int32Array.from(all, (name) =>
      table.addSynthetic(encoder.encode(labels.set(metricNameLabel, name))),
    );
  }

  /** As live series, for a target that begins anew. */
  *known(table: SeriesTable): Generator<KnownSeries> {
    for (const ref of this.refs) yield { labelBytes: table.labelBytes(ref).slice(), isLive: true };
  }

  /** Puts them behind the samples of the batch, which has room for them. */
  append(report: ScrapeReport, batch: TargetBatch): void {
    const { count: at, values, timestampsMs } = batch;
    batch.count = at + this.refs.length;
    batch.refs.set(this.refs, at);
    timestampsMs?.fill(Number.NaN, at, batch.count);
    values[at] = report.up;
    values[at + 1] = report.durationSeconds;
    values[at + 2] = report.samplesScraped;
    values[at + 3] = report.samplesPostMetricRelabelling;
    values[at + 4] = report.seriesAdded;
    let next = at + names.length;
    if (this.#withExtra) {
      values[next++] = report.timeoutSeconds;
      values[next++] = report.sampleLimit;
      values[next++] = report.bodyBytes;
    }
    if (!this.#withLimit) return;
    values[next++] = report.series;
    values[next++] = report.seriesLimit;
    values[next] = report.samplesOverLimit;
  }
}
