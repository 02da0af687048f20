import { isValidLabelName, isValidLabelValue } from '../relabel/label-name.js';
import { addressLabel, isMetaLabel, metricsPathLabel, schemeLabel } from './hidden-labels.js';
import type { DroppedTarget } from './target.js';

/** Why a target cannot be scraped. */
export type TargetProblem = Pick<DroppedTarget, 'reason' | 'message'>;

/** What is wrong with the address of a relabelled target; undefined when it is good. */
export function checkAddress(address: string): TargetProblem | undefined {
  if (address === '') {
    return { reason: 'no_address', message: `it has no ${addressLabel} after relabelling` };
  }
  if (!address.includes('/')) return undefined;
  const message =
    `${addressLabel} is ${JSON.stringify(address)}, expected host:port ` +
    `(${schemeLabel} and ${metricsPathLabel} hold the rest of a URL)`;
  return { reason: 'invalid', message };
}

/** What is wrong with the name of a label that a relabelled target has. */
export function checkName(name: string): string | undefined {
  if (isMetaLabel(name) || isValidLabelName(name)) return undefined;
  return `${JSON.stringify(name)} is not a valid label name`;
}

export function checkValue(name: string, value: string): string | undefined {
  if (isMetaLabel(name) || isValidLabelValue(value)) return undefined;
  return `the label ${name} is ${JSON.stringify(value)}, which holds half of a character`;
}
