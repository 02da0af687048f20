import type { Budget } from '../self/time-slice.js';
import type { Entries } from './entries.js';
import { lightSteps } from './found-target.js';
import { type ChangedRows, sameSettings } from './target-changes.js';

/**
 * The targets of a job by their rows, each id once. A second one with the same id is a duplicate and waits until
 * the first is gone.
 */
export class UniqueTargets {
  readonly #entries: Entries;
  readonly #holders = new Map<string, number>();
  readonly #waiting = new Map<string, number[]>();
  /** What was there before of ids that changed. Undefined until somebody has asked: all there is is new then. */
  #before: Map<string, number | undefined> | undefined;
  #waitingCount = 0;

  constructor(entries: Entries) {
    this.#entries = entries;
  }

  get size(): number {
    return this.#holders.size;
  }

  /** All that are no duplicates. */
  rows(): number[] {
    return [...this.#holders.values()];
  }

  rowOf(id: string): number | undefined {
    return this.#holders.get(id);
  }

  /** How many are duplicates now. */
  get duplicates(): number {
    return this.#waitingCount;
  }

  /** Whether another target has this one's id. */
  isDuplicate(row: number): boolean {
    return this.#holders.get(this.#entries.idOf(row)) !== row;
  }

  add(row: number): void {
    const id = this.#entries.idOf(row);
    const holder = this.#holders.get(id);
    this.#touch(id, holder);
    if (holder === undefined) this.#holders.set(id, row);
    else this.#wait(id, row);
  }

  remove(row: number): void {
    const id = this.#entries.idOf(row);
    const holder = this.#holders.get(id);
    this.#touch(id, holder);
    const waiting = this.#waiting.get(id);
    if (holder !== row) {
      if (waiting !== undefined) this.#leave(id, waiting, row);
      return;
    }
    const next = waiting?.[0];
    if (next === undefined) this.#holders.delete(id);
    else {
      this.#holders.set(id, next);
      this.#leave(id, waiting!, next);
    }
  }

  /** What has changed since this was asked last, before any row was freed; yields when the budget is spent. */
  *takeChanges(budget: Budget): Generator<undefined, ChangedRows> {
    const before = this.#before;
    this.#before = new Map();
    if (before === undefined) {
      return { added: this.rows(), removed: [], replanned: [], refreshed: [] };
    }
    const added: number[] = [];
    const removed: number[] = [];
    const replanned: number[] = [];
    const refreshed: number[] = [];
    let looked = 0;
    for (const [id, last] of before) {
      if (++looked % lightSteps === 0 && budget.spent) yield;
      const now = this.#holders.get(id);
      if (now === last) continue;
      if (now === undefined) removed.push(last!);
      else if (last === undefined) added.push(now);
      else if (sameSettings(this.#entries.settingsOf(last), this.#entries.settingsOf(now))) {
        refreshed.push(now);
      } else replanned.push(now);
    }
    return { added, removed, replanned, refreshed };
  }

  #touch(id: string, holder: number | undefined): void {
    if (this.#before?.has(id) === false) this.#before.set(id, holder);
  }

  #wait(id: string, row: number): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) this.#waiting.set(id, [row]);
    else waiting.push(row);
    this.#waitingCount++;
  }

  #leave(id: string, waiting: number[], row: number): void {
    const at = waiting.indexOf(row);
    if (at < 0) return;
    waiting.splice(at, 1);
    this.#waitingCount--;
    if (waiting.length === 0) this.#waiting.delete(id);
  }
}
