import { type Labels, metricNameLabel, sortedLabels } from '../../model/labels.js';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import { ScrapeFailure } from '../scrape-failure.js';

/** What a job asks of the labels of its series. */
export type LabelRules = Pick<
  ScrapeJob,
  'nameValidation' | 'labelLimit' | 'labelNameLengthLimit' | 'labelValueLengthLimit'
>;

// prometheus/common model/metric.go IsValidLegacyMetricName, model/labels.go IsValidLegacy.
const legacyMetricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const legacyLabelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** True when {@link checkSeriesLabels} takes every label of a name that has one. */
export function hasNoLabelRules(rules: LabelRules): boolean {
  const { nameValidation, labelLimit, labelNameLengthLimit, labelValueLengthLimit } = rules;
  const limits = labelLimit + labelNameLengthLimit + labelValueLengthLimit;
  return nameValidation === 'utf8' && limits === 0;
}

/**
 * Throws for labels that Prometheus refuses after metric relabelling: one bad series fails the whole
 * scrape (prometheus scrape.go, append: errNameLabelMandatory, IsValid, verifyLabelLimits).
 */
export function checkSeriesLabels(labels: Labels, rules: LabelRules): void {
  const name = labels.get(metricNameLabel);
  if (name === undefined) {
    throw refused(`a series has no metric name after metric relabelling: ${textOf(labels)}`);
  }
  if (labels.has('')) throw refused(`a label of ${name} has an empty name`);
  if (rules.nameValidation === 'legacy') checkLegacyNames(name, labels);
  const { labelLimit, labelNameLengthLimit, labelValueLengthLimit } = rules;
  if (labelLimit > 0 && labels.size > labelLimit) {
    throw exceeded('label_limit', name, `number of labels: ${labels.size}, limit: ${labelLimit}`);
  }
  if (labelNameLengthLimit > 0 || labelValueLengthLimit > 0) checkLengths(name, labels, rules);
}

function checkLegacyNames(metric: string, labels: Labels): void {
  let isValid = legacyMetricName.test(metric);
  for (const label of labels.keys()) isValid &&= legacyLabelName.test(label);
  if (isValid) return;
  throw refused(
    `invalid metric name or label names for metric_name_validation_scheme legacy: ${textOf(labels)}`,
  );
}

function checkLengths(metric: string, labels: Labels, rules: LabelRules): void {
  const { labelNameLengthLimit: mostOfName, labelValueLengthLimit: mostOfValue } = rules;
  for (const [name, value] of sortedLabels(labels)) {
    const nameBytes = Buffer.byteLength(name);
    if (mostOfName > 0 && nameBytes > mostOfName) {
      const label = `label name: ${shortened(name)}, length: ${nameBytes}, limit: ${mostOfName}`;
      throw exceeded('label_name_length_limit', metric, label);
    }
    const valueBytes = Buffer.byteLength(value);
    if (mostOfValue > 0 && valueBytes > mostOfValue) {
      const quoted = JSON.stringify(shortened(value));
      const label = `label name: ${shortened(name)}, value: ${quoted}, length: ${valueBytes}, limit: ${mostOfValue}`;
      throw exceeded('label_value_length_limit', metric, label);
    }
  }
}

function exceeded(limit: string, metric: string, what: string): ScrapeFailure {
  return refused(`${limit} exceeded (metric: ${shortened(metric)}, ${what})`);
}

function refused(message: string): ScrapeFailure {
  return new ScrapeFailure('label', message);
}

/** Labels may be as long as a body. */
function shortened(text: string): string {
  return text.slice(0, 50);
}

function textOf(labels: Labels): string {
  const pairs = sortedLabels(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${pairs.join(', ')}}`.slice(0, 500);
}
