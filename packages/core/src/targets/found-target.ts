import type { TargetGroup } from '../discovery/discovery.js';
import type { Labels } from '../model/labels.js';

/** A target as a discovery gave it, before anything was made of it. */
export interface FoundTarget {
  readonly ofTarget: Labels;
  readonly ofGroup: Labels;
}

/** Steps of less than a microsecond between two looks at the clock, which cost as much. */
export const lightSteps = 64;

/** The targets of all groups, in their order; yields now and then. */
export function* foundTargets(
  groups: readonly TargetGroup[],
): Generator<undefined, readonly FoundTarget[]> {
  const found: FoundTarget[] = [];
  for (const { targets, labels } of groups) {
    for (const ofTarget of targets) {
      if (found.push({ ofTarget, ofGroup: labels }) % lightSteps === 0) yield;
    }
  }
  return found;
}

export function sameFound(a: FoundTarget, b: FoundTarget): boolean {
  return sameLabels(a.ofGroup, b.ofGroup) && sameLabels(a.ofTarget, b.ofTarget);
}

function sameLabels(a: Labels, b: Labels): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const name of a.keys()) if (a.get(name) !== b.get(name)) return false;
  return true;
}

/** The same text for the same labels in the same order; a discovery keeps its order. */
export function textOfFound({ ofTarget, ofGroup }: FoundTarget): string {
  let text = '';
  for (const [name, value] of ofTarget) text += `${name}\0${value}\0`;
  text += '\0';
  for (const [name, value] of ofGroup) text += `${name}\0${value}\0`;
  return text;
}
