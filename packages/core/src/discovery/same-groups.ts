import type { TargetGroup } from './discovery.js';

/** Whether two lists hold the very same groups: a discovery makes a new group where one changed. */
export function sameGroups(a: readonly TargetGroup[], b: readonly TargetGroup[]): boolean {
  return a.length === b.length && a.every((group, i) => group === b[i]);
}
