import { CompactLabels, LabelNames } from '../model/compact-labels.js';
import type { Labels } from '../model/labels.js';
import type { TargetGroup } from './discovery.js';

/** A group of plain addresses with common labels; a label with an empty value is no label. */
export function targetGroup(
  source: string,
  addresses: readonly string[],
  labels: Iterable<readonly [name: string, value: string]>,
): TargetGroup {
  return {
    source,
    targets: addresses.map(labelsOfAddress),
    labels: new Map(withoutEmpty(labels)),
  };
}

/** The labels of a target that is an address and nothing more. */
export function labelsOfAddress(address: string): Labels {
  return address === '' ? noLabels : new CompactLabels(addressAlone, [address]);
}

export const addressAlone = new LabelNames(['__address__']);
export const noLabels = new CompactLabels(new LabelNames(), []);

function* withoutEmpty(
  labels: Iterable<readonly [name: string, value: string]>,
): Iterable<readonly [name: string, value: string]> {
  for (const label of labels) {
    if (label[1] !== '') yield label;
  }
}
