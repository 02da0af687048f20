import type { NativeHistogram } from './histogram.js';
import type { MetricType } from './metadata.js';

export type LabelPair = readonly [name: string, value: string];

/** What is said of a family as a whole. */
export interface FamilyHeader<Type extends MetricType = MetricType> {
  /**
   * As the text format and protobuf name the family: a counter's ends in `_total`, an info's in
   * `_info`, where it has that suffix at all.
   */
  readonly name: string;
  readonly type: Type;
  /** Undefined where nothing is said. */
  readonly help?: string | undefined;
  /** What the name ends in, before `_total`. */
  readonly unit?: string | undefined;
}

/** An example of what was observed, such as a trace. Without labels it is left out of OpenMetrics. */
export interface Exemplar {
  readonly labels: readonly LabelPair[];
  readonly value: number;
  /** May have a fraction. Undefined where it is not known. */
  readonly timestampMs?: number | undefined;
}

/** Of every series. */
interface SeriesHeader {
  /** Without `__name__`, `le` and `quantile`; in the order in which they are written. */
  readonly labels: readonly LabelPair[];
  /** The sample's own time, an integer. Nearly always undefined: the scrape's time is meant. */
  readonly timestampMs?: number | undefined;
}

/** A series of one sample. */
export interface ValueSeries extends SeriesHeader {
  readonly value: number;
  /** Counters only: when it was zero. */
  readonly createdMs?: number | undefined;
  /** Counters only. */
  readonly exemplar?: Exemplar | undefined;
}

/** Quantiles and what they were computed from. Both columns have the same length. */
export interface SummarySeries extends SeriesHeader {
  /** 0 to 1, in rising order; one array for all series of a family, as `upperBounds` below. */
  readonly quantiles: readonly number[];
  readonly quantileValues: ArrayLike<number>;
  readonly count: number;
  readonly sum: number;
  readonly createdMs?: number | undefined;
}

/**
 * A histogram: classic buckets, native buckets or both. Counts are exact up to 2^53. The columns of
 * the classic buckets have the same length. A writer keeps the text of `upperBounds` by the array's
 * identity: all series of a family should share one, and it must not change during a body.
 */
export interface HistogramSeries extends SeriesHeader {
  /** Inclusive, in rising order; the last may be +Inf or not. */
  readonly upperBounds: readonly number[];
  /** Cumulative. */
  readonly bucketCounts: ArrayLike<number>;
  /** By bucket; undefined where no bucket has one. */
  readonly bucketExemplars?: readonly (Exemplar | undefined)[] | undefined;
  readonly count: number;
  readonly sum: number;
  /** Whether counts may have fractions: another form in OpenMetrics and in protobuf. */
  readonly isFloat?: boolean | undefined;
  readonly native?: NativeHistogram | undefined;
  /** Of the native histogram; those without a time are ignored by Prometheus. */
  readonly exemplars?: readonly Exemplar[] | undefined;
  readonly createdMs?: number | undefined;
}

export type ValueType = Exclude<MetricType, 'summary' | HistogramType>;
export type HistogramType = 'histogram' | 'gaugehistogram';

export interface ValueFamily extends FamilyHeader<ValueType> {
  readonly series: readonly ValueSeries[];
}

export interface SummaryFamily extends FamilyHeader<'summary'> {
  readonly series: readonly SummarySeries[];
}

export interface HistogramFamily extends FamilyHeader<HistogramType> {
  readonly series: readonly HistogramSeries[];
}

/** A metric family: what every exposition format is rendered from. */
export type MetricFamily = ValueFamily | SummaryFamily | HistogramFamily;
