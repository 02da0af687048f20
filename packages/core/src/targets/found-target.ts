import type { TargetGroup } from '../discovery/discovery.js';
import type { Labels } from '../model/labels.js';
import type { Budget } from '../self/time-slice.js';

/** A target as a discovery gave it, before anything was made of it: which one of which group. */
export interface FoundTarget {
  readonly group: TargetGroup;
  /** In the group's list of targets. */
  readonly place: number;
}

/** Steps of less than a microsecond between two looks at the clock, which cost as much. */
export const lightSteps = 64;

/** The targets of all groups, in their order; yields when the budget is spent. */
export function* foundTargets(
  groups: readonly TargetGroup[],
  budget: Budget,
): Generator<undefined, readonly FoundTarget[]> {
  const found: FoundTarget[] = [];
  for (const group of groups) {
    const count = targetCount(group);
    for (let place = 0; place < count; place++) {
      if (found.push({ group, place }) % lightSteps === 0 && budget.spent) yield;
    }
  }
  return found;
}

export function targetCount(group: TargetGroup): number {
  return group.targetCount ?? group.targets.length;
}

/** Its labels without those of its group. */
export function ownLabels({ group, place }: FoundTarget): Labels {
  return group.targets[place]!;
}

export function sameFound(a: FoundTarget, b: FoundTarget): boolean {
  if (a.group === b.group && a.place === b.place) return true;
  return sameLabels(a.group.labels, b.group.labels) && sameLabels(ownLabels(a), ownLabels(b));
}

function sameLabels(a: Labels, b: Labels): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const name of a.keys()) if (a.get(name) !== b.get(name)) return false;
  return true;
}

/** The same text for the same labels in the same order; a discovery keeps its order. */
export function textOfFound(found: FoundTarget): string {
  let text = '';
  for (const [name, value] of ownLabels(found)) text += `${name}\0${value}\0`;
  text += '\0';
  for (const [name, value] of found.group.labels) text += `${name}\0${value}\0`;
  return text;
}
