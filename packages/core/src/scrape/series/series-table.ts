import { decodeSeries } from '../../exposition/decode-series.js';
import { seriesContext } from '../../exposition/series-context.js';
import { SeriesKeys } from '../../exposition/series-keys.js';
import type { SharedKeys } from '../../exposition/shared-keys.js';
import type { SeriesLabels } from '../../outputs/scrape-batch.js';
import { inPauses } from '../in-turns.js';
import type { PlainSeries } from './plain-series.js';
import type { SeriesBudget } from './series-budget.js';
import { noSlots, undecided } from './slot-columns.js';
import type { LabelGrowth, TargetLabels } from './target-labels.js';

const dropped = -2;
/** Slots that are decided without a pause: some 2 ms. */
const decidedAtOnce = 256;
/** Slots that are looked at without a pause, and texts that are forgotten: some 2 ms each. */
const lookedAtAtOnce = 100_000;
const forgottenAtOnce = 4096;
/** So many tell what the others will take. */
const sampledSlots = 8192;
/** A ref that is none: the series is one too many. */
export const overLimit = -3;
const noRefs = new Uint32Array(0);

/**
 * The labels a series goes out with, or undefined when metric relabelling drops it. Throws what ends
 * the scrape: see {@link ScrapeFailure}.
 */
export type DecideSeries = (
  exposed: readonly (readonly [name: string, value: string])[],
) => Uint8Array | undefined;

export interface SeriesTableOptions {
  readonly decide: DecideSeries;
  /** A short cut of `decide`, where every series is passed on as it is. */
  readonly plain?: PlainSeries | undefined;
  readonly budget: SeriesBudget;
  readonly labels: TargetLabels;
  /** Shared by the targets of a thread. */
  readonly texts: SharedKeys;
}

/**
 * The series of one target. A *slot* stands for a series' text in the body, a *ref* for its labels
 * after relabelling; several slots may share a ref (two spellings of one series). What becomes of a
 * text is decided once, when it is first seen. A text is *kept* from the scrape that took it to the
 * good scrape that has it no more (prometheus scrape.go, scrapeCache).
 */
export class SeriesTable implements SeriesLabels {
  readonly keys: SeriesKeys;
  readonly #labels: TargetLabels;
  readonly #decide: DecideSeries;
  readonly #plain: PlainSeries | undefined;
  readonly #budget: SeriesBudget;
  #slots = noSlots;
  /** By ref: how many slots stand for it, and how many others hold it. */
  #slotsOfRef = noRefs;
  #synthetic = 0;
  #scrape = 0;
  /** Texts of this scrape that are kept. */
  keptCount = 0;

  constructor({ decide, plain, budget, labels, texts }: SeriesTableOptions) {
    this.keys = new SeriesKeys(texts);
    this.#decide = decide;
    this.#plain = plain;
    this.#labels = labels;
    this.#budget = budget;
  }

  /** Series alive, the synthetic ones included. */
  get size(): number {
    return this.#labels.size;
  }

  /** Highest ref + 1. */
  get refCount(): number {
    return this.#labels.refCount;
  }

  /** Highest ref + 1 that this scrape may come to, where each text has one: else `refCount`. */
  get refBound(): number {
    const { refCount } = this.#labels;
    if (this.#plain === undefined) return refCount;
    return Math.max(refCount, this.keys.slotCount + this.#synthetic);
  }

  get memoryBytes(): number {
    const own = this.#slots.byteLength + this.#slotsOfRef.byteLength;
    return this.keys.memoryBytes + this.#labels.memoryBytes + own;
  }

  labelBytes(ref: number): Uint8Array {
    return this.#labels.bytesOf(ref);
  }

  /** The target goes away: lets go of what it shares with others. */
  close(): void {
    void inPauses(this.#clear());
  }

  *#clear(): Generator<undefined> {
    yield* this.keys.clear();
    yield* this.#labels.clear();
  }

  beginScrape(): void {
    this.#scrape++;
    this.keptCount = 0;
    this.#fitSlots();
  }

  /** The ref of a slot of this scrape; negative when relabelling or a limit drops its series. */
  refOf(slot: number): number {
    const ref = this.#slots.refs[slot]!;
    if (ref !== undecided && (ref !== overLimit || !this.#budget.hasRoom)) return ref;
    return this.#meet(slot);
  }

  /** Of the first `count` slots, how many nobody has decided yet. */
  countUndecided(slots: Int32Array, count: number): number {
    const { refs, length } = this.#slots;
    let found = 0;
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      if (slot >= length || refs[slot] === undecided) found++;
    }
    return found;
  }

  /** Decides slots before the scrape that has them begins, pausing now and then. */
  *decideAhead(slots: Int32Array, count: number): Generator<undefined> {
    this.#fitSlots();
    const before = this.#labels.growthSince();
    for (let i = 0; i < count; i++) {
      if (i === sampledSlots) this.#reserve(slots, count, before);
      try {
        this.refOf(slots[i]!);
      } catch {
        // It ends the scrape, in its place and not before: the scrape comes upon it again.
        return;
      }
      if (i % decidedAtOnce === 0) yield;
    }
  }

  /** Room for all that is undecided: tables that grow again and again copy all they hold. */
  #reserve(slots: Int32Array, count: number, before: LabelGrowth): void {
    const more = this.countUndecided(slots, count);
    if (more > sampledSlots) this.#labels.reserveLike(more, this.#labels.growthSince(before));
  }

  isKept(slot: number): boolean {
    return this.#slots.keptIn[slot]! > 0;
  }

  /** Keeps a text; false when this scrape had it already. */
  keep(slot: number): boolean {
    const { keptIn } = this.#slots;
    if (keptIn[slot] === this.#scrape) return false;
    keptIn[slot] = this.#scrape;
    this.keptCount++;
    return true;
  }

  /** A ref for a series that the agent makes: it counts for no limit and stays. */
  addSynthetic(labelBytes: Uint8Array): number {
    this.#synthetic++;
    return this.#hold(this.#labels.add(labelBytes));
  }

  /** A ref for a series that another thread knew, whatever the limit. */
  addLabels(labelBytes: Uint8Array): number {
    return this.#hold(this.#add(labelBytes, true));
  }

  /** Undoes one {@link addLabels}; true when no text stands for the labels either: they are gone. */
  dropLabels(ref: number): boolean {
    return this.#releaseRef(ref);
  }

  /** Every ref that stands for labels. */
  *refs(): Generator<number> {
    for (let ref = 0; ref < this.#labels.refCount; ref++) if (this.#labels.has(ref)) yield ref;
  }

  /**
   * Forgets every text this scrape did not keep, and the series no text stands for any more; pauses now
   * and then.
   */
  *forgetOthers(forgotten: (ref: number) => void): Generator<undefined> {
    let removed = 0;
    for (let slot = 0; slot < this.keys.slotCount; slot++) {
      if (slot % lookedAtAtOnce === lookedAtAtOnce - 1) yield;
      if (!this.keys.has(slot)) continue;
      const isMet = slot < this.#slots.length;
      if (isMet && this.#slots.keptIn[slot] === this.#scrape) continue;
      // The texts that are left move up once, at the end.
      this.keys.remove(slot, false);
      if (isMet) this.#forgetSlot(slot, forgotten);
      if (++removed % forgottenAtOnce === 0) yield;
    }
    this.keys.compact();
  }

  #forgetSlot(slot: number, forgotten: (ref: number) => void): void {
    const { refs, keptIn } = this.#slots;
    const ref = refs[slot]!;
    refs[slot] = undecided;
    keptIn[slot] = 0;
    if (ref >= 0 && this.#releaseRef(ref)) forgotten(ref);
  }

  #meet(slot: number): number {
    const key = this.keys.key(slot);
    const context = this.keys.contextOf(slot);
    const isPlain = context === seriesContext.plain;
    const labelBytes =
      (isPlain ? this.#plain?.encode(key) : undefined) ?? this.#decide(decodeSeries(key, context));
    const ref = labelBytes === undefined ? dropped : this.#addWithinLimit(labelBytes);
    this.#slots.refs[slot] = ref;
    return ref;
  }

  #addWithinLimit(labelBytes: Uint8Array): number {
    const ref = this.#add(labelBytes, this.#budget.hasRoom);
    return ref < 0 ? overLimit : this.#hold(ref);
  }

  #add(labelBytes: Uint8Array, mayAdd: boolean): number {
    const { size } = this.#labels;
    const ref = this.#labels.add(labelBytes, mayAdd);
    if (this.#labels.size > size) this.#budget.add();
    return ref;
  }

  #hold(ref: number): number {
    if (ref >= this.#slotsOfRef.length) this.#growRefs(Math.ceil((ref + 1) * 1.25));
    this.#slotsOfRef[ref] = this.#slotsOfRef[ref]! + 1;
    return ref;
  }

  /** True when nothing holds the ref any more. */
  #releaseRef(ref: number): boolean {
    const left = this.#slotsOfRef[ref]! - 1;
    this.#slotsOfRef[ref] = left;
    if (left > 0) return false;
    this.#labels.remove(ref);
    this.#budget.give(1);
    return true;
  }

  #fitSlots(): void {
    const { slotCount } = this.keys;
    if (slotCount <= this.#slots.length) return;
    this.#slots = this.#slots.grown(Math.ceil(slotCount * 1.05));
    const refs = this.refBound;
    if (refs <= this.#slotsOfRef.length) return;
    this.#growRefs(Math.ceil(refs * 1.05));
    this.#labels.reserve(this.#slotsOfRef.length - this.#labels.refCount);
  }

  #growRefs(length: number): void {
    const grown = new Uint32Array(length);
    grown.set(this.#slotsOfRef);
    this.#slotsOfRef = grown;
  }
}
