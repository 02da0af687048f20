import { nextTurn } from '../../self/time-slice.js';
import { mostPerPiece } from '../../targets/target-changes.js';
import type { ToShard } from '../messages.js';
import type { KeptTarget } from '../target-plan.js';
import { SlotChanges } from './slot-changes.js';

export interface TargetTellingHooks {
  /** Undefined for a target that is gone or another slot's. */
  targetOf(slot: number, targetId: string): KeptTarget | undefined;
  post(slot: number, message: ToShard): boolean;
}

/** Tells threads that are there again of all their targets, in pieces with the event loop in between. */
export class TargetTellings {
  readonly #hooks: TargetTellingHooks;
  /** For each slot that is being told the list of this time. */
  readonly #running = new Map<number, readonly string[]>();

  constructor(hooks: TargetTellingHooks) {
    this.#hooks = hooks;
  }

  /** What becomes of a target before its turn counts: a plan that is told twice is taken once. */
  async tell(slot: number, targetIds: readonly string[]): Promise<void> {
    this.#running.set(slot, targetIds);
    for (let at = 0; at < targetIds.length; at += mostPerPiece) {
      if (at > 0) await nextTurn();
      if (this.#running.get(slot) !== targetIds) return;
      const changes = new SlotChanges();
      for (const id of targetIds.slice(at, at + mostPerPiece)) {
        const target = this.#hooks.targetOf(slot, id);
        if (target !== undefined) changes.add(slot, target);
      }
      changes.tell((to, message) => this.#hooks.post(to, message));
    }
    this.#running.delete(slot);
  }

  /** The thread died: its successor is told of all of them from the first on. */
  lost(slot: number): void {
    this.#running.delete(slot);
  }

  close(): void {
    this.#running.clear();
  }
}
