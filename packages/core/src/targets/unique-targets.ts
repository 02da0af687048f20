import type { Budget } from '../self/time-slice.js';
import type { Target } from './target.js';
import { type TargetChanges, TargetDifference } from './target-changes.js';

/**
 * The targets of a job, each id once. A second one with the same id is a duplicate and waits until
 * the first is gone.
 */
export class UniqueTargets {
  readonly #holders = new Map<string, Target>();
  readonly #waiting = new Map<string, Target[]>();
  /** Undefined until somebody has asked for changes: all there is is new then. */
  #difference: TargetDifference | undefined;
  #waitingCount = 0;

  get size(): number {
    return this.#holders.size;
  }

  values(): Iterable<Target> {
    return this.#holders.values();
  }

  /** How many are duplicates now. */
  get duplicates(): number {
    return this.#waitingCount;
  }

  /** Whether another target has this one's id. */
  isDuplicate(target: Target): boolean {
    return this.#holders.get(target.id) !== target;
  }

  add(target: Target): void {
    const { id } = target;
    const holder = this.#holders.get(id);
    this.#difference?.touch(id, holder);
    if (holder === undefined) this.#holders.set(id, target);
    else this.#wait(target);
  }

  remove(target: Target): void {
    const { id } = target;
    const holder = this.#holders.get(id);
    this.#difference?.touch(id, holder);
    const waiting = this.#waiting.get(id);
    if (holder !== target) {
      if (waiting !== undefined) this.#leave(waiting, target);
      return;
    }
    const next = waiting?.[0];
    if (next === undefined) this.#holders.delete(id);
    else {
      this.#holders.set(id, next);
      this.#leave(waiting!, next);
    }
  }

  /** What has changed since this was asked last; yields when the budget is spent. */
  *takeChanges(budget: Budget): Generator<undefined, TargetChanges> {
    const difference = this.#difference;
    this.#difference = new TargetDifference();
    if (difference !== undefined)
      return yield* difference.changes((id) => this.#holders.get(id), budget);
    return { added: [...this.#holders.values()], removed: [], replanned: [], refreshed: [] };
  }

  #wait(target: Target): void {
    const waiting = this.#waiting.get(target.id);
    if (waiting === undefined) this.#waiting.set(target.id, [target]);
    else waiting.push(target);
    this.#waitingCount++;
  }

  #leave(waiting: Target[], target: Target): void {
    const at = waiting.indexOf(target);
    if (at < 0) return;
    waiting.splice(at, 1);
    this.#waitingCount--;
    if (waiting.length === 0) this.#waiting.delete(target.id);
  }
}
