import type { Labels } from '../recorder/label-table.js';

export interface MetricText {
  readonly name: string;
  readonly help: string;
}

export interface HistogramText extends MetricText {
  /** Upper bounds, rising, without +Inf. */
  readonly buckets: readonly number[];
}

export interface SummaryText extends MetricText {
  /** Quantiles from 0 to 1, rising. */
  readonly percentiles: readonly number[];
}

export interface AbortedText extends MetricText {
  /** Labels that all of them have alike. */
  readonly leftOut: readonly string[];
}

/** What a recorder has to know: HttpOptions, checked, with the preset and the defaults filled in. */
export interface HttpRecorderOptions {
  /** Undefined where the label is left out. */
  readonly labelNames: {
    readonly method: string | undefined;
    readonly route: string | undefined;
    readonly statusCode: string | undefined;
    readonly errorType: string | undefined;
  };
  /** On every series. */
  readonly constantLabels: Labels;
  /** Of the labels whose values come from requests. */
  readonly requestLabelNames: readonly string[];
  /** What a status code is shown as. */
  statusText(statusCode: number): string;
  /** The label of an error; empty where a status code is none. */
  errorType(statusCode: number): string;
  /** Metrics that are undefined are not shown. */
  readonly metrics: {
    readonly duration: HistogramText | undefined;
    readonly summary: SummaryText | undefined;
    readonly timeToHeaders: HistogramText | undefined;
    readonly requestSize: HistogramText | undefined;
    readonly responseSize: HistogramText | undefined;
    readonly requests: MetricText | undefined;
    readonly aborted: AbortedText | undefined;
    readonly inFlight: MetricText | undefined;
    readonly overflow: MetricText;
  };
  readonly nativeHistograms: boolean;
  readonly exemplars: boolean;
  readonly maxSeries: number;
  readonly seriesTtlMs: number;
}
