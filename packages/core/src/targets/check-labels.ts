import type { Labels } from '../model/labels.js';
import { isValidLabelName, isValidLabelValue } from '../relabel/label-name.js';
import { addressLabel, isMetaLabel, metricsPathLabel, schemeLabel } from './hidden-labels.js';
import type { DroppedTarget } from './target.js';

/** Why a target cannot be scraped. */
export type TargetProblem = Pick<DroppedTarget, 'reason' | 'message'>;

/** What is wrong with the labels of a relabelled target; undefined when they are good. */
export function checkLabels(labels: Labels): TargetProblem | undefined {
  const address = labels.get(addressLabel);
  if (address === undefined) {
    return { reason: 'no_address', message: `it has no ${addressLabel} after relabelling` };
  }
  const message = addressProblem(address) ?? labelProblem(labels);
  return message === undefined ? undefined : { reason: 'invalid', message };
}

function addressProblem(address: string): string | undefined {
  if (!address.includes('/')) return undefined;
  return (
    `${addressLabel} is ${JSON.stringify(address)}, expected host:port ` +
    `(${schemeLabel} and ${metricsPathLabel} hold the rest of a URL)`
  );
}

function labelProblem(labels: Labels): string | undefined {
  for (const name of labels.keys()) {
    if (isMetaLabel(name)) continue;
    const value = labels.get(name)!;
    if (!isValidLabelName(name)) return `${JSON.stringify(name)} is not a valid label name`;
    if (!isValidLabelValue(value)) {
      return `the label ${name} is ${JSON.stringify(value)}, which holds half of a character`;
    }
  }
  return undefined;
}
