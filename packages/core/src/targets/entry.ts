import type { TargetGroup } from '../discovery/discovery.js';
import type { BuiltTarget } from './built-target.js';
import type { TargetProblem } from './check-labels.js';
import type { FoundTarget } from './found-target.js';

/** A found target and what became of it: a target, or the problem with it. */
export type Entry = BuiltTarget | ProblemEntry;

export class ProblemEntry implements FoundTarget {
  readonly group: TargetGroup;
  readonly place: number;
  readonly problem: TargetProblem;

  constructor({ group, place }: FoundTarget, problem: TargetProblem) {
    this.group = group;
    this.place = place;
    this.problem = problem;
  }
}
