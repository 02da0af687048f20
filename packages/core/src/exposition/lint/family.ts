import type { MetricType } from '../../model/metadata.js';

/** What the rules look at of a metric family that has samples. */
export interface Family {
  readonly name: string;
  /** Undefined until a TYPE line or the first sample, which makes it `unknown`. */
  type: MetricType | undefined;
  /** Undefined without a HELP line, or with one that says nothing. */
  help: string | undefined;
  /** A histogram or summary is one metric for each set of labels without `le` or `quantile`. */
  metricCount: number;
  /** Of them: those with the labels of an earlier one. */
  repeatedCount: number;
  /** How often each label name occurs on its metrics. */
  readonly labelNames: Map<string, number>;
  /** The number that its first metric has in the table. */
  firstMetric: number | undefined;
  /** Buckets or quantiles of the first metric. */
  boundCount: number;
}

export function newFamily(name: string): Family {
  return {
    name,
    type: undefined,
    help: undefined,
    metricCount: 0,
    repeatedCount: 0,
    labelNames: new Map(),
    firstMetric: undefined,
    boundCount: 0,
  };
}

/** The label that tells the samples of one metric apart, which is no label of the metric. */
export function boundLabel(type: MetricType | undefined): string | undefined {
  if (type === 'histogram') return 'le';
  return type === 'summary' ? 'quantile' : undefined;
}
