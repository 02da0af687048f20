import { BuiltTarget } from '../../targets/built-target.js';
import type { KeptTarget } from '../target-plan.js';

/**
 * The targets of the threads. Of the ten thousand that were discovered none is kept here, for whoever built them has what they are
 * made of: only those that are not told of as they were discovered, which are the own registry, and refused ones.
 */
export class KnownTargets {
  readonly #discovered: (targetId: string) => KeptTarget | undefined;
  readonly #others = new Map<string, KeptTarget>();

  /** @param discovered a target as it is now */
  constructor(discovered: (targetId: string) => KeptTarget | undefined) {
    this.#discovered = discovered;
  }

  get(targetId: string): KeptTarget | undefined {
    return this.#others.get(targetId) ?? this.#discovered(targetId);
  }

  set(target: KeptTarget): void {
    if (target instanceof BuiltTarget) this.#others.delete(target.id);
    else this.#others.set(target.id, target);
  }

  delete(targetId: string): void {
    this.#others.delete(targetId);
  }
}
