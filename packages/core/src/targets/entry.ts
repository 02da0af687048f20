import { BuiltTarget } from './built-target.js';
import type { TargetProblem } from './check-labels.js';
import type { FoundTarget } from './found-target.js';
import type { TargetBuilder } from './target-builder.js';

/** A found target and what became of it: a target, or the problem with it. */
export type Entry = BuiltTarget | ProblemEntry;

interface ProblemEntry extends FoundTarget {
  readonly problem: TargetProblem;
}

export function buildEntry(builder: TargetBuilder, found: FoundTarget): Entry {
  const built = builder.build(found);
  if (built instanceof BuiltTarget) return built;
  return { group: found.group, place: found.place, problem: built };
}
