import type { Labels } from '../model/labels.js';
import type { DiscoveryUpdate, TargetGroup } from './discovery.js';

/** Whether two lists hold the very same groups: a discovery makes a new group where one changed. */
export function sameGroups(a: readonly TargetGroup[], b: readonly TargetGroup[]): boolean {
  return a.length === b.length && a.every((group, i) => group === b[i]);
}

/** Several lists as one; most often there is one, of ten thousand perhaps, and it is that. */
export function joined(lists: readonly (readonly TargetGroup[])[]): readonly TargetGroup[] {
  const [first = [], ...others] = lists.filter(({ length }) => length > 0);
  return others.length === 0 ? first : first.concat(...others);
}

/** Whether an update says nothing that the one before did not. */
export function sameUpdate(a: DiscoveryUpdate, b: DiscoveryUpdate): boolean {
  return a.error?.message === b.error?.message && sameGroups(a.groups, b.groups);
}

/** The group found before where it says the same: whoever compares by {@link sameGroups} then sees no change. */
export function reuseGroup<G extends TargetGroup>(before: G | undefined, found: G): G {
  return before !== undefined && equalGroups(before, found) ? before : found;
}

function equalGroups(a: TargetGroup, b: TargetGroup): boolean {
  return (
    a.source === b.source &&
    a.targets.length === b.targets.length &&
    equalLabels(a.labels, b.labels) &&
    a.targets.every((target, i) => equalLabels(target, b.targets[i]!))
  );
}

function equalLabels(a: Labels, b: Labels): boolean {
  if (a.size !== b.size) return false;
  for (const name of a.keys()) {
    if (a.get(name) !== b.get(name)) return false;
  }
  return true;
}
