/**
 * A metric as every prom-client registry accepts it in `registerMetric` (prom-client 15,
 * @prometheus-io/client 0.16 and @platformatic/prom-client alike): an object of this shape, whatever
 * its class. So the agent needs none of these packages to show a metric.
 */
export interface RegistryMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  /** How prom-client's cluster mode folds the workers' values. */
  readonly aggregator: 'sum' | 'first' | 'min' | 'max' | 'average' | 'omit';
  get(): RegistryMetricValues | Promise<RegistryMetricValues>;
  reset(): void;
}

export interface RegistryMetricValues {
  readonly name: string;
  readonly help: string;
  readonly type: RegistryMetric['type'];
  readonly aggregator: RegistryMetric['aggregator'];
  readonly values: readonly RegistrySample[];
}

export interface RegistrySample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** The sample's own name where it differs from the metric's: `x_bucket`, `x_sum`, `x_count`. */
  readonly metricName?: string;
}

/** A sample as prom-client's histograms give it to its own renderer: what all buckets share apart. */
export interface SharedLabelsSample extends RegistrySample {
  readonly sharedLabels: Readonly<Record<string, string | number>>;
}

/** The part of a prom-client registry the agent uses; duck-typed, for an app may hold another copy. */
export interface RegistryLike {
  readonly contentType: string;
  registerMetric(metric: never): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
  getMetricsAsArray(): readonly { name: string }[];
}
