import type { TargetEnd, ToShard } from '../messages.js';
import type { TargetPlan } from '../target-plan.js';

type Removed = { id: string; end: TargetEnd };

/** What threads are told together of targets that come and go. */
export class SlotChanges {
  readonly #bySlot = new Map<number, { add: TargetPlan[]; remove: Removed[] }>();

  add(slot: number, plan: TargetPlan): void {
    this.#of(slot).add.push(plan);
  }

  remove(slot: number, removed: Removed): void {
    this.#of(slot).remove.push(removed);
  }

  tell(post: (slot: number, message: ToShard) => void): void {
    for (const [slot, change] of this.#bySlot) post(slot, { type: 'targets', ...change });
  }

  #of(slot: number): { add: TargetPlan[]; remove: Removed[] } {
    let change = this.#bySlot.get(slot);
    if (change === undefined) {
      change = { add: [], remove: [] };
      this.#bySlot.set(slot, change);
    }
    return change;
  }
}
