import type { Labels } from '../../model/labels.js';
import type { Relabeller } from '../../relabel/relabeller.js';
import type { LabelEncoder } from './label-encoder.js';
import { checkSeriesLabels, type LabelRules } from './label-rules.js';
import { sampleLabels } from './sample-labels.js';
import type { DecideSeries } from './series-table.js';

export interface SeriesPolicyOptions {
  readonly targetLabels: Labels;
  readonly job: LabelRules & { readonly honorLabels: boolean };
  /** Undefined when the job has no metric_relabel_configs. */
  readonly relabeller: Relabeller | undefined;
  readonly encoder: LabelEncoder;
}

/** What becomes of an exposed series: joined with target labels, relabelled, checked, encoded. */
export function createSeriesPolicy(options: SeriesPolicyOptions): DecideSeries {
  const { targetLabels, job, relabeller, encoder } = options;
  return (exposed) => {
    const joined = sampleLabels(exposed, targetLabels, job.honorLabels);
    const labels = relabeller === undefined ? joined : relabeller.apply(joined);
    if (labels === undefined || labels.size === 0) return undefined;
    checkSeriesLabels(labels, job);
    return encoder.encode(labels);
  };
}
