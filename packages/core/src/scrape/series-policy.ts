import type { Labels } from '../model/labels.js';
import { metricNameLabel } from '../model/labels.js';
import type { Relabeller } from '../relabel/relabeller.js';
import type { LabelEncoder } from './label-encoder.js';
import { sampleLabels } from './sample-labels.js';
import { ScrapeFailure } from './scrape-failure.js';
import type { DecideSeries } from './series-table.js';

export interface SeriesPolicyOptions {
  readonly targetLabels: Labels;
  readonly honorLabels: boolean;
  /** Undefined when the job has no metric_relabel_configs. */
  readonly relabeller: Relabeller | undefined;
  readonly encoder: LabelEncoder;
}

/** What becomes of an exposed series: joined with target labels, relabelled, checked, encoded. */
export function createSeriesPolicy(options: SeriesPolicyOptions): DecideSeries {
  const { targetLabels, honorLabels, relabeller, encoder } = options;
  return (exposed) => {
    const joined = sampleLabels(exposed, targetLabels, honorLabels);
    const labels = relabeller === undefined ? joined : relabeller.apply(joined);
    if (labels === undefined || labels.size === 0) return undefined;
    checkLabels(labels);
    return encoder.encode(labels);
  };
}

/** One bad series fails the scrape (prometheus scrape.go, append: errNameLabelMandatory, IsValid). */
function checkLabels(labels: Labels): void {
  if (!labels.has(metricNameLabel)) {
    throw new ScrapeFailure(
      'label',
      `a series has no metric name after metric relabelling: {${[...labels].map(([n, v]) => `${n}=${JSON.stringify(v)}`).join(', ')}}`,
    );
  }
  if (labels.has('')) {
    throw new ScrapeFailure('label', `a label of ${labels.get(metricNameLabel)} has an empty name`);
  }
}
