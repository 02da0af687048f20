import type { Target } from './target.js';

/** What a new set of targets means to those who work on the last one. */
export interface TargetChanges {
  readonly added: readonly Target[];
  readonly removed: readonly Target[];
  /** The same target with another interval or timeout: it keeps its series, its grid changes. */
  readonly retimed: readonly Target[];
  /** How many stayed as they were. */
  readonly unchanged: number;
}

/** The targets of all jobs by id, and what changes from one set to the next. */
export class TargetSet {
  #targets = new Map<string, Target>();

  get size(): number {
    return this.#targets.size;
  }

  get(targetId: string): Target | undefined {
    return this.#targets.get(targetId);
  }

  values(): Iterable<Target> {
    return this.#targets.values();
  }

  /** Takes the place of the whole last set. Ids are unique: buildTargets saw to it. */
  replace(targets: Iterable<Target>): TargetChanges {
    const last = this.#targets;
    const next = new Map<string, Target>();
    const added: Target[] = [];
    const retimed: Target[] = [];
    for (const target of targets) {
      next.set(target.id, target);
      const before = last.get(target.id);
      if (before === undefined) added.push(target);
      else if (!sameTimes(before, target)) retimed.push(target);
    }
    const removed = [...last.values()].filter(({ id }) => !next.has(id));
    this.#targets = next;
    return { added, removed, retimed, unchanged: next.size - added.length - retimed.length };
  }
}

function sameTimes(a: Target, b: Target): boolean {
  return a.intervalMs === b.intervalMs && a.timeoutMs === b.timeoutMs;
}
