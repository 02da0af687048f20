import type { TargetEnd, ToShard } from '../messages.js';
import { isPackable, type PackableTarget, packPlans } from '../packed-plans.js';
import { type KeptTarget, planOf, type TargetPlan } from '../target-plan.js';

type Removed = { id: string; end: TargetEnd };

interface SlotChange {
  readonly add: TargetPlan[];
  /** By job. */
  readonly packable: Map<string, PackableTarget[]>;
  readonly remove: Removed[];
}

/** What threads are told together of targets that come and go. */
export class SlotChanges {
  readonly #bySlot = new Map<number, SlotChange>();

  add(slot: number, target: KeptTarget): void {
    const { add, packable } = this.#of(slot);
    if ('plan' in target || !isPackable(target)) {
      add.push(planOf(target));
      return;
    }
    const { job } = target;
    const ofJob = packable.get(job);
    if (ofJob === undefined) packable.set(job, [target]);
    else ofJob.push(target);
  }

  remove(slot: number, removed: Removed): void {
    this.#of(slot).remove.push(removed);
  }

  tell(post: (slot: number, message: ToShard) => void): void {
    for (const [slot, { add, packable, remove }] of this.#bySlot) {
      const packed = Array.from(packable, ([job, targets]) => packPlans(job, targets));
      post(slot, { type: 'targets', add, packed, remove });
    }
  }

  #of(slot: number): SlotChange {
    let change = this.#bySlot.get(slot);
    if (change === undefined) {
      change = { add: [], packable: new Map(), remove: [] };
      this.#bySlot.set(slot, change);
    }
    return change;
  }
}
