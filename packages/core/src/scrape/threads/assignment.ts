import { AssignedTargets } from './assigned-targets.js';

/** What a scrape costs whatever its size, in samples: request, sockets, batch. Bench: scrape. */
const samplesPerScrape = 500;
/**
 * Load a thread bears before another one starts, about a quarter of a core: each thread compiles the
 * same code for itself and keeps a heap, which made two of them cost 1.6 times one's processor time and
 * 40 MiB more on 50,000 samples a second (bench scrape, 2 cores).
 */
export const comfortableLoad = 250_000;
/** A thread may bear so much more than the mean before anything moves, and so much after. */
const tolerated = 1.25;
const aimed = 1.1;
/** Of all targets, in one go; more where a thread has come to bear twice what is comfortable. */
const mostMovedShare = 0.05;
const mostMovedShareUnderLoad = 0.25;

/** A target that should go to another thread. */
export interface Move {
  readonly targetId: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Which thread scrapes which target. Threads are taken into use as the load asks for them, and remain.
 * Sticky: a target stays where it is until it goes or its thread bears much more than the others. Load is samples per second, with a part for the scrape itself; a
 * target nobody has scraped yet counts as an average one, the first ones as empty.
 */
export class Assignment {
  readonly #assigned = new AssignedTargets();
  readonly #loads: number[] = [0];
  readonly #slots: number;
  readonly #comfortableLoad: number;
  /** Of the targets measured lately. */
  #meanLoad: number | undefined;

  /** @param slots at most */
  constructor(slots: number, comfortable = comfortableLoad) {
    this.#slots = slots;
    this.#comfortableLoad = comfortable;
  }

  /** How many slots are in use: the first ones. */
  get slotsInUse(): number {
    return this.#loads.length;
  }

  /** Load by slot in use. */
  get loads(): readonly number[] {
    return this.#loads;
  }

  /** Targets that have a slot. */
  get size(): number {
    return this.#assigned.size;
  }

  targetIds(): Iterable<string> {
    return this.#assigned.ids;
  }

  has(targetId: string): boolean {
    return this.#assigned.slotOf(targetId) !== undefined;
  }

  slotOf(targetId: string): number | undefined {
    return this.#assigned.slotOf(targetId);
  }

  assign(targetId: string, intervalMs: number): number {
    const known = this.#assigned.slotOf(targetId);
    if (known !== undefined) {
      this.#assigned.set(targetId, known, this.#assigned.loadOf(targetId), intervalMs);
      return known;
    }
    const load = this.#meanLoad ?? loadOf(0, intervalMs);
    this.#useAnother(this.#loads[this.#lightest()]! + load);
    const slot = this.#lightest();
    this.#assigned.set(targetId, slot, load, intervalMs);
    this.#loads[slot]! += load;
    return slot;
  }

  #lightest(): number {
    let slot = 0;
    for (let i = 1; i < this.#loads.length; i++) {
      if (this.#loads[i]! < this.#loads[slot]!) slot = i;
    }
    return slot;
  }

  release(targetId: string): void {
    const slot = this.#assigned.slotOf(targetId);
    if (slot === undefined) return;
    this.#loads[slot]! -= this.#assigned.loadOf(targetId);
    this.#assigned.delete(targetId);
    if (this.#assigned.size === 0) this.#loads.fill(0);
  }

  /** What the target's last scrape had. */
  measured(targetId: string, samples: number): void {
    const slot = this.#assigned.slotOf(targetId);
    if (slot === undefined) return;
    const intervalMs = this.#assigned.intervalMsOf(targetId);
    const load = loadOf(samples, intervalMs);
    this.#loads[slot]! += load - this.#assigned.loadOf(targetId);
    this.#assigned.set(targetId, slot, load, intervalMs);
    this.#meanLoad = this.#meanLoad === undefined ? load : this.#meanLoad * 0.98 + load * 0.02;
  }

  /** The target stands elsewhere now. */
  move({ targetId, from, to }: Move): void {
    if (this.#assigned.slotOf(targetId) !== from) return;
    const load = this.#assigned.loadOf(targetId);
    this.#assigned.set(targetId, to, load, this.#assigned.intervalMsOf(targetId));
    this.#loads[from]! -= load;
    this.#loads[to]! += load;
  }

  /**
   * Few moves from the heaviest thread to the lightest, none while no thread bears a quarter more
   * than the mean. To be asked about once a minute.
   */
  rebalance(mayMove: (targetId: string) => boolean): Move[] {
    this.#useAnother(Math.max(...this.#loads));
    const loads = [...this.#loads];
    const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
    const from = loads.indexOf(Math.max(...loads));
    if (loads[from]! <= mean * tolerated) return [];
    const isUnderLoad = loads[from]! > this.#comfortableLoad * 2;
    const share = isUnderLoad ? mostMovedShareUnderLoad : mostMovedShare;
    const most = Math.max(1, Math.floor(this.#assigned.size * share));
    const moves: Move[] = [];
    for (const { targetId, load } of this.#heaviestOf(from)) {
      if (moves.length === most || loads[from]! <= mean * aimed) break;
      const to = loads.indexOf(Math.min(...loads));
      // Not past the mean: what would make another thread the heavy one stays.
      if (loads[to]! + load > mean * aimed || !mayMove(targetId)) continue;
      moves.push({ targetId, from, to });
      loads[from]! -= load;
      loads[to]! += load;
    }
    return moves;
  }

  #useAnother(load: number): void {
    if (load > this.#comfortableLoad && this.#loads.length < this.#slots) this.#loads.push(0);
  }

  #heaviestOf(slot: number): { targetId: string; load: number }[] {
    const assigned = this.#assigned;
    const there: { targetId: string; load: number }[] = [];
    for (const targetId of assigned.ids) {
      if (assigned.slotOf(targetId) !== slot) continue;
      there.push({ targetId, load: assigned.loadOf(targetId) });
    }
    return there.sort((a, b) => b.load - a.load);
  }
}

/** In samples per second. */
function loadOf(samples: number, intervalMs: number): number {
  return ((samples + samplesPerScrape) * 1000) / intervalMs;
}
