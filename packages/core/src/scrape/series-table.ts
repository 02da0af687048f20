import { decodeSeries } from '../exposition/decode-series.js';
import { SeriesKeys } from '../exposition/series-keys.js';
import type { SeriesLabels } from '../outputs/scrape-batch.js';

const unknown = -1;
const dropped = -2;

/**
 * The labels a series goes out with, or undefined when metric relabelling drops it. `undefined` as
 * `bytes` ends the scrape: see {@link ScrapeFailure}.
 */
export type DecideSeries = (
  exposed: readonly (readonly [name: string, value: string])[],
) => Uint8Array | undefined;

/**
 * The series of one target. A *slot* stands for a series' text in the body, a *ref* for its labels
 * after relabelling; several slots may share a ref (two spellings of one series). What becomes of a
 * text is decided once, when it is first seen.
 */
export class SeriesTable implements SeriesLabels {
  readonly keys = new SeriesKeys();
  readonly #labels = new SeriesKeys();
  readonly #decide: DecideSeries;
  #refOfSlot = new Int32Array(64).fill(unknown);
  #slotsOfRef = new Uint32Array(64);
  /** Set while a ref is created by the running scrape, for scrape_series_added. */
  added = 0;

  constructor(decide: DecideSeries) {
    this.#decide = decide;
  }

  /** Series alive, the synthetic ones included. */
  get size(): number {
    return this.#labels.size;
  }

  /** Highest ref + 1. */
  get refCount(): number {
    return this.#labels.slotCount;
  }

  get memoryBytes(): number {
    const own = this.#refOfSlot.byteLength + this.#slotsOfRef.byteLength;
    return this.keys.memoryBytes + this.#labels.memoryBytes + own;
  }

  labelBytes(ref: number): Uint8Array {
    return this.#labels.key(ref);
  }

  /** The ref of a slot, or a negative number when metric relabelling drops its series. */
  refOf(slot: number): number {
    const ref = slot < this.#refOfSlot.length ? this.#refOfSlot[slot]! : unknown;
    return ref === unknown ? this.#meet(slot) : ref;
  }

  /** A ref for labels that stand in no body: the synthetic series. */
  addLabels(labelBytes: Uint8Array): number {
    const found = this.#labels.find(labelBytes, 0, labelBytes.length, 0);
    const ref = found >= 0 ? found : this.#labels.add(labelBytes, 0, labelBytes.length, 0);
    this.#holdRef(ref);
    return ref;
  }

  /** Undoes one {@link addLabels}: labels that no text stands for either are forgotten. */
  dropLabels(ref: number): void {
    this.#releaseRef(ref);
  }

  /** Every ref that stands for labels. */
  *refs(): Generator<number> {
    for (let ref = 0; ref < this.#labels.slotCount; ref++) if (this.#labels.has(ref)) yield ref;
  }

  /**
   * Forgets every text whose slot `isSeen` does not know, and the series no text stands for any more
   * (prometheus scrape.go, scrapeCache.iterDone: a good scrape keeps only what it saw).
   */
  forgetUnseen(isSeen: (slot: number) => boolean): void {
    for (let slot = 0; slot < this.keys.slotCount; slot++) {
      if (!this.keys.has(slot) || isSeen(slot)) continue;
      const ref = slot < this.#refOfSlot.length ? this.#refOfSlot[slot]! : unknown;
      if (ref >= 0) this.#releaseRef(ref);
      if (slot < this.#refOfSlot.length) this.#refOfSlot[slot] = unknown;
      this.keys.remove(slot);
    }
  }

  #meet(slot: number): number {
    const exposed = decodeSeries(this.keys.key(slot), this.keys.contextOf(slot));
    const labelBytes = this.#decide(exposed);
    if (slot >= this.#refOfSlot.length) this.#growSlots(slot);
    if (labelBytes === undefined) {
      this.#refOfSlot[slot] = dropped;
      return dropped;
    }
    const before = this.#labels.size;
    const ref = this.addLabels(labelBytes);
    if (this.#labels.size > before) this.added++;
    this.#refOfSlot[slot] = ref;
    return ref;
  }

  #holdRef(ref: number): void {
    if (ref >= this.#slotsOfRef.length) {
      const grown = new Uint32Array(Math.max(ref + 1, this.#slotsOfRef.length * 2));
      grown.set(this.#slotsOfRef);
      this.#slotsOfRef = grown;
    }
    this.#slotsOfRef[ref] = this.#slotsOfRef[ref]! + 1;
  }

  #releaseRef(ref: number): void {
    const left = this.#slotsOfRef[ref]! - 1;
    this.#slotsOfRef[ref] = left;
    if (left === 0) this.#labels.remove(ref);
  }

  #growSlots(slot: number): void {
    const grown = new Int32Array(Math.max(slot + 1, this.#refOfSlot.length * 2)).fill(unknown);
    grown.set(this.#refOfSlot);
    this.#refOfSlot = grown;
  }
}
