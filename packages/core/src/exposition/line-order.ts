import type { IntList } from './int-list.js';
import { type ParseScratch, sharedScratch } from './parse-scratch.js';
import { recentLists } from './recent-lists.js';

const nowhere = -1;
const noEntries = new Int32Array(0);

/**
 * The order of the lines in the last good body of a target, which is what the next one is expected to
 * have, and how far the next one has come in it.
 *
 * A line is the slot of its series, or of its comment as `~slot`.
 */
export class LineOrder {
  /** Never written to. */
  entries = noEntries;
  count = 0;
  /** The line that is expected next. */
  cursor = 0;
  /** Lines in `[#runStart, cursor)` came as expected and are not in the scratch yet. */
  #runStart = 0;
  #scratch = sharedScratch;
  #hasMissed = false;
  #hasPlaces = false;

  /** Begins a new body. */
  begin(scratch: ParseScratch): void {
    this.#scratch = scratch;
    this.cursor = 0;
    this.#runStart = 0;
    this.#hasMissed = false;
    this.#hasPlaces = false;
  }

  /** Lets go of a scratch of its own. */
  end(): void {
    this.#scratch = sharedScratch;
  }

  /** Expects nothing. */
  clear(): void {
    this.entries = noEntries;
    this.count = 0;
  }

  /** True when the body so far is not the last one, line by line. */
  get hasChanged(): boolean {
    return this.#hasMissed || this.cursor < this.count;
  }

  /**
   * Notes a line that was not the expected one. When the last body had it somewhere, what came after
   * it there is expected next: so a line that vanished, or a block that moved, costs one line.
   */
  miss(entry: number, isNew: boolean): void {
    this.#hasMissed = true;
    this.#copyRun();
    const { entries, seriesPlaces, commentPlaces } = this.#scratch;
    entries.push(entry);
    if (!isNew) {
      this.#findPlaces();
      const place = entry >= 0 ? placeOf(seriesPlaces, entry) : placeOf(commentPlaces, ~entry);
      if (place !== nowhere) this.cursor = place + 1;
    }
    this.#runStart = this.cursor;
  }

  /** Whether the series alone, comments aside, are `slots[0, count)`. */
  hasSeries(slots: Int32Array, count: number): boolean {
    let sample = 0;
    for (let at = 0; at < this.count; at++) {
      const entry = this.entries[at]!;
      if (entry < 0) continue;
      if (sample === count || slots[sample] !== entry) return false;
      sample++;
    }
    return sample === count;
  }

  /** Makes the new order the one to expect. */
  keep(): void {
    this.#copyRun();
    const { values, count } = this.#scratch.entries;
    this.entries = recentLists.shared(values, count);
    this.count = count;
  }

  #copyRun(): void {
    const end = this.cursor;
    const { entries } = this.#scratch;
    entries.reserve(end - this.#runStart);
    const { values } = entries;
    let { count } = entries;
    for (let at = this.#runStart; at < end; at++) values[count++] = this.entries[at]!;
    entries.count = count;
  }

  /** Where each series and each comment stands; of several places the first. */
  #findPlaces(): void {
    if (this.#hasPlaces) return;
    this.#hasPlaces = true;
    const { entries, count } = this;
    const { seriesPlaces, commentPlaces } = this.#scratch;
    let highest = -1;
    let lowest = 0;
    for (let at = 0; at < count; at++) {
      highest = Math.max(highest, entries[at]!);
      lowest = Math.min(lowest, entries[at]!);
    }
    seriesPlaces.fill(nowhere, highest + 1);
    commentPlaces.fill(nowhere, -lowest);
    for (let at = count - 1; at >= 0; at--) {
      const entry = entries[at]!;
      if (entry >= 0) seriesPlaces.values[entry] = at;
      else commentPlaces.values[~entry] = at;
    }
  }
}

function placeOf(places: IntList, slot: number): number {
  return slot < places.count ? places.values[slot]! : nowhere;
}
