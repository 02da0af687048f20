/** What a scrape costs whatever its size, in samples: request, sockets, batch. Bench: scrape. */
const samplesPerScrape = 500;
/** A thread may bear so much more than the mean before anything moves, and so much after. */
const tolerated = 1.25;
const aimed = 1.1;
/** Of all targets, in one go. */
const mostMovedShare = 0.05;

/** A target that should go to another thread. */
export interface Move {
  readonly targetId: string;
  readonly from: number;
  readonly to: number;
}

interface Assigned {
  slot: number;
  load: number;
}

/**
 * Which thread scrapes which target. Sticky: a target stays where it is until it goes or its thread
 * bears much more than the others. Load is samples per second, with a part for the scrape itself; a
 * target nobody has scraped yet counts as an average one.
 */
export class Assignment {
  readonly #assigned = new Map<string, Assigned>();
  readonly #loads: number[];
  /** Of the targets measured lately. */
  #meanLoad: number | undefined;

  constructor(slots: number) {
    this.#loads = new Array<number>(slots).fill(0);
  }

  /** Load by slot. */
  get loads(): readonly number[] {
    return this.#loads;
  }

  slotOf(targetId: string): number | undefined {
    return this.#assigned.get(targetId)?.slot;
  }

  assign(targetId: string): number {
    const known = this.#assigned.get(targetId);
    if (known !== undefined) return known.slot;
    const slot = this.#loads.indexOf(Math.min(...this.#loads));
    const load = this.#meanLoad ?? samplesPerScrape;
    this.#assigned.set(targetId, { slot, load });
    this.#loads[slot]! += load;
    return slot;
  }

  release(targetId: string): void {
    const one = this.#assigned.get(targetId);
    if (one === undefined) return;
    this.#assigned.delete(targetId);
    this.#loads[one.slot]! -= one.load;
    if (this.#assigned.size === 0) this.#loads.fill(0);
  }

  /** What the target's last scrape had. */
  measured(targetId: string, samples: number, intervalMs: number): void {
    const one = this.#assigned.get(targetId);
    if (one === undefined) return;
    const load = ((samples + samplesPerScrape) * 1000) / intervalMs;
    this.#loads[one.slot]! += load - one.load;
    one.load = load;
    this.#meanLoad = this.#meanLoad === undefined ? load : this.#meanLoad * 0.98 + load * 0.02;
  }

  /** The target stands elsewhere now. */
  move({ targetId, from, to }: Move): void {
    const one = this.#assigned.get(targetId);
    if (one === undefined || one.slot !== from) return;
    one.slot = to;
    this.#loads[from]! -= one.load;
    this.#loads[to]! += one.load;
  }

  /**
   * Few moves from the heaviest thread to the lightest, none while no thread bears a quarter more
   * than the mean. To be asked about once a minute.
   */
  rebalance(mayMove: (targetId: string) => boolean): Move[] {
    const loads = [...this.#loads];
    const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
    const from = loads.indexOf(Math.max(...loads));
    if (loads[from]! <= mean * tolerated) return [];
    const most = Math.max(1, Math.floor(this.#assigned.size * mostMovedShare));
    const moves: Move[] = [];
    for (const [targetId, { slot, load }] of this.#heaviestOf(from)) {
      if (moves.length === most || loads[from]! <= mean * aimed) break;
      const to = loads.indexOf(Math.min(...loads));
      // Not past the mean: what would make another thread the heavy one stays.
      if (loads[to]! + load > mean * aimed || !mayMove(targetId)) continue;
      moves.push({ targetId, from: slot, to });
      loads[from]! -= load;
      loads[to]! += load;
    }
    return moves;
  }

  #heaviestOf(slot: number): [string, Assigned][] {
    const there = [...this.#assigned].filter(([, one]) => one.slot === slot);
    return there.sort(([, a], [, b]) => b.load - a.load);
  }
}
