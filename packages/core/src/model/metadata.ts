/** The types of a metric family, with OpenMetrics' words (`untyped` of the text format is `unknown`). */
export type MetricType =
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'gaugehistogram'
  | 'summary'
  | 'info'
  | 'stateset'
  | 'unknown';

/** What an exposition says of a metric family beside its samples. */
export interface Metadata {
  readonly type: MetricType;
  readonly help: string;
  /** Empty when the exposition names none. */
  readonly unit: string;
}
