import type { HistogramSample } from '../../model/histogram.js';
import type { Metadata } from '../../model/metadata.js';
import type { ScrapeBatch } from '../scrape-batch.js';

/** What a line says of its series: what stands in front of the numbers and behind them. */
export interface SeriesText {
  readonly head: string;
  readonly tail: string;
}

/** How a sample becomes a line, without its end. */
export interface LineFormat {
  readonly wantsMetadata: boolean;
  series(
    name: string,
    labels: readonly (readonly [name: string, value: string])[],
    metadata: Metadata | undefined,
  ): SeriesText;
  /** `exemplar` is what {@link exemplar} made. */
  sample(series: SeriesText, value: number, timestampMs: number, exemplar: string): string;
  histogram(
    series: SeriesText,
    histogram: HistogramSample,
    timestampMs: number,
    exemplar: string,
  ): string;
  /** A stale marker. */
  marker(series: SeriesText, timestampMs: number): string;
  exemplar(batch: ScrapeBatch, places: readonly number[]): string;
}
