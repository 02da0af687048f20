import type { NativeHistogram } from '../model/histogram.js';
import type { RegistryMetric, RegistrySample } from './registry.js';

export type RowLabels = RegistrySample['labels'];

export interface RowExemplar {
  readonly labelSet: RowLabels;
  readonly value: number;
  /** Seconds since the epoch. */
  readonly timestamp?: number;
}

/** A counter's or gauge's series. */
export interface ValueRow {
  readonly labels: RowLabels;
  readonly value: number;
  readonly exemplar?: RowExemplar | null | undefined;
}

/** A series of a histogram. Valid until the next row is read. */
export interface HistogramRow {
  readonly labels: RowLabels;
  /** One count per bound and one for +Inf, cumulated. */
  readonly counts: Float64Array;
  readonly sum: number;
  /** As `counts`; undefined for a histogram without exemplars. */
  readonly exemplars: readonly (RowExemplar | null | undefined)[] | undefined;
  /** Undefined for a classic histogram; may be made when it is asked for. */
  readonly native?: NativeHistogram | undefined;
  /** When the series was zero, Unix ms; undefined where it is not known. */
  readonly createdMs?: number | undefined;
}

/** A series of a summary. */
export interface SummaryRow {
  readonly labels: RowLabels;
  /** One per quantile. */
  readonly values: readonly number[];
  readonly sum: number;
  readonly count: number;
}

/** A sample of a metric whose class is not known; prom-client's histograms keep shared labels apart. */
export interface SampleRow {
  readonly labels?: RowLabels;
  readonly sharedLabels?: RowLabels;
  readonly value: number;
  /** The sample's own name where it differs from the metric's. */
  readonly metricName?: string;
  readonly exemplar?: RowExemplar | null;
}

interface Rows<Row> {
  /** As of the moment the metric was collected; series that are added later wait for the next time. */
  readonly count: number;
  /** The row as it is now; undefined when its series has gone meanwhile. */
  read(index: number): Row | undefined;
}

/** What a metric holds, read row by row while the event loop runs in between. */
export type MetricRows =
  | ({ readonly kind: 'values' } & Rows<ValueRow>)
  | ({ readonly kind: 'histograms'; readonly bounds: readonly number[] } & Rows<HistogramRow>)
  | ({ readonly kind: 'summaries'; readonly quantiles: readonly number[] } & Rows<SummaryRow>)
  | ({ readonly kind: 'samples' } & Rows<SampleRow>);

/** A metric after its collect: one consistent moment per series, not per metric. */
export interface CollectedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: RegistryMetric['type'];
  readonly rows: MetricRows;
}

/**
 * A metric of ours may have this method instead of making its samples. Of all copies of this module: a
 * hot reload may load it again.
 */
export const readRows: unique symbol = Symbol.for('prom-agent.rows');
