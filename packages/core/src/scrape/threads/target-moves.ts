import type { TargetEnd, ToShard } from '../messages.js';
import type { TargetPlan } from '../target-plan.js';
import type { Assignment, Move } from './assignment.js';

interface Pending extends Move {
  /** What discovery asked of the target meanwhile. */
  isChanged: boolean;
  end: TargetEnd | undefined;
}

/** How moves between threads ended. */
export interface MoveCounts {
  /** With the series. */
  moved: number;
  /** It stayed: an output was behind, or the target changed. */
  kept: number;
  /** A thread died meanwhile: the target starts clean. */
  lost: number;
}

export interface TargetMovesHooks {
  readonly assignment: Assignment;
  planOf(targetId: string): TargetPlan | undefined;
  post(slot: number, message: ToShard, transfer?: ArrayBuffer[]): boolean;
  remove(targetId: string, end: TargetEnd): void;
}

/**
 * Targets on their way from one thread to another. The old thread keeps a target until its series are
 * packed up; what is asked of it meanwhile waits until it has arrived.
 */
export class TargetMoves {
  readonly counts: MoveCounts = { moved: 0, kept: 0, lost: 0 };
  readonly #hooks: TargetMovesHooks;
  readonly #pending = new Map<string, Pending>();

  constructor(hooks: TargetMovesHooks) {
    this.#hooks = hooks;
  }

  has(targetId: string): boolean {
    return this.#pending.has(targetId);
  }

  begin(move: Move): void {
    const { targetId, from } = move;
    if (!this.#hooks.post(from, { type: 'release', targetId })) return;
    this.#pending.set(targetId, { ...move, isChanged: false, end: undefined });
  }

  /** The target has another plan; true when that is told later. */
  changed(targetId: string): boolean {
    const pending = this.#pending.get(targetId);
    if (pending === undefined) return false;
    pending.isChanged = true;
    pending.end = undefined;
    return true;
  }

  /** The target is to go; true when that is told later. */
  removed(targetId: string, end: TargetEnd): boolean {
    const pending = this.#pending.get(targetId);
    if (pending === undefined) return false;
    pending.end = end;
    return true;
  }

  /** The old thread has packed the target up. */
  released(targetId: string, snapshot: Uint8Array<ArrayBuffer>): void {
    const pending = this.#take(targetId);
    const plan = this.#hooks.planOf(targetId);
    if (pending === undefined || plan === undefined) return;
    this.#hooks.assignment.move(pending);
    const message: ToShard = { type: 'take-over', plan, snapshot };
    // A thread that is gone is told of the target without its series when it is back.
    const isSent = this.#hooks.post(pending.to, message, [snapshot.buffer]);
    if (isSent) this.counts.moved++;
    else this.counts.lost++;
    this.#settle(targetId, pending);
  }

  kept(targetId: string): void {
    const pending = this.#take(targetId);
    if (pending === undefined) return;
    this.counts.kept++;
    const plan = this.#hooks.planOf(targetId);
    if (pending.isChanged && plan !== undefined) {
      this.#hooks.post(pending.from, { type: 'targets', add: [plan], remove: [] });
    }
    this.#settle(targetId, pending);
  }

  /** A thread died: what was to leave it starts clean there. */
  lost(slot: number): void {
    for (const [targetId, pending] of this.#pending) {
      if (pending.from !== slot) continue;
      this.#pending.delete(targetId);
      this.counts.lost++;
      this.#settle(targetId, pending);
    }
  }

  #take(targetId: string): Pending | undefined {
    const pending = this.#pending.get(targetId);
    this.#pending.delete(targetId);
    return pending;
  }

  #settle(targetId: string, { end }: Pending): void {
    if (end !== undefined) this.#hooks.remove(targetId, end);
  }
}
