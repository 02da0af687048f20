import type { LiveSeries } from './live-series.js';
import type { OwnTimes } from './own-times.js';
import type { KnownSeries } from './series-snapshot.js';
import type { SeriesTable } from './series-table.js';

/** Series let go of without a pause: some 2 ms. */
const droppedAtOnce = 4096;

interface HandoverParts {
  readonly table: SeriesTable;
  readonly live: LiveSeries;
  readonly ownTimes: OwnTimes;
  /** Refs of the synthetic series, which every thread makes itself. */
  readonly synthetic: Int32Array;
}

/**
 * A target's series on their way from one thread to another. What came with the target is held until
 * a good scrape says which of it is there still: no text of a body stands for it yet.
 */
export class SeriesHandover {
  readonly #parts: HandoverParts;
  #taken: Set<number> | undefined;
  #areSeen = false;

  constructor(parts: HandoverParts) {
    this.#parts = parts;
  }

  /** Refs that came with the target and were not scraped here yet: they are nothing new. */
  get refs(): ReadonlySet<number> | undefined {
    return this.#taken;
  }

  /** The series of the target, but for the synthetic ones. */
  *known(): Generator<KnownSeries> {
    const { table, ownTimes } = this.#parts;
    const live = new Set(this.#parts.live.refs);
    const synthetic = new Set(this.#parts.synthetic);
    for (const ref of table.refs()) {
      if (synthetic.has(ref)) continue;
      const last = ownTimes.lastOf(ref);
      yield { labelBytes: table.labelBytes(ref).slice(), isLive: live.has(ref), last };
    }
  }

  /** Goes on where another thread left off: before the first scrape. */
  take(series: Iterable<KnownSeries>): void {
    const { table, live, ownTimes } = this.#parts;
    const taken = new Set<number>();
    const liveRefs: number[] = [];
    for (const { labelBytes, isLive, last } of series) {
      const ref = table.addLabels(labelBytes);
      // The same labels twice are held once.
      if (taken.has(ref)) table.dropLabels(ref);
      taken.add(ref);
      if (isLive) liveRefs.push(ref);
      if (last !== undefined) ownTimes.restore(ref, last.timestampMs, last.value);
    }
    this.#taken = taken;
    live.replace(Int32Array.from(liveRefs), liveRefs.length, undefined);
  }

  /** A good scrape holds what it has itself. */
  seen(): void {
    this.#areSeen = this.#taken !== undefined;
  }

  /** After the outputs took the batch, markers and all; pauses now and then. */
  *settle(): Generator<undefined> {
    if (!this.#areSeen || this.#taken === undefined) return;
    const { table, ownTimes } = this.#parts;
    let dropped = 0;
    for (const ref of this.#taken) {
      this.#taken.delete(ref);
      if (table.dropLabels(ref)) ownTimes.forget(ref);
      if (++dropped % droppedAtOnce === 0) yield;
    }
    this.#areSeen = false;
    this.#taken = undefined;
  }
}
