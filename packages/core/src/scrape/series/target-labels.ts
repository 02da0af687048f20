import { LocalSlots } from '../../exposition/local-slots.js';
import type { SharedKeys } from '../../exposition/shared-keys.js';
import { fieldEnd, fieldsOf, labelTag } from './label-fields.js';

/** A label of the target is one byte that no label's field begins with. */
const firstPlaceholder = 0x80;
const mostPlaceholders = 0x80;
const none = -1;

// All is synchronous, so one scratch serves every target of a thread.
let scratch = new Uint8Array(4096);
let scratchView = new DataView(scratch.buffer);

/** How many labels came, how many of them nobody had, and the bytes of these. */
export interface LabelGrowth {
  readonly count: number;
  readonly shared: number;
  readonly sharedBytes: number;
}

/**
 * The labels of a target's series, by ref: a small integer that stays until `remove`. Of each label
 * that the target itself has (job, instance, external labels) there is one copy; the rest is shared
 * with the targets of the thread. Four bytes a series where all is shared.
 */
export class TargetLabels {
  readonly #slots: LocalSlots;
  readonly #own: readonly Uint8Array[];

  /** @param own the target's labels as remote-write bytes */
  constructor(shared: SharedKeys, own: Uint8Array) {
    this.#slots = new LocalSlots(shared);
    this.#own = fieldsOf(own).slice(0, mostPlaceholders);
  }

  get size(): number {
    return this.#slots.size;
  }

  /** Highest ref + 1. */
  get refCount(): number {
    return this.#slots.slotCount;
  }

  /** Without what is shared. */
  get memoryBytes(): number {
    return this.#slots.memoryBytes;
  }

  /** The ref of labels; negative when they have none. */
  find(labelBytes: Uint8Array): number {
    const length = this.#shorten(labelBytes);
    const id = this.#slots.texts.table.find(scratch, 0, length, 0, scratchView);
    return id < 0 ? none : this.#slots.find(id);
  }

  /** The ref of labels, which get one if they have none and `mayAdd` says so; else negative. */
  add(labelBytes: Uint8Array, mayAdd = true): number {
    if (!mayAdd) return this.find(labelBytes);
    const length = this.#shorten(labelBytes);
    return this.#slots.add(this.#slots.texts.table.add(scratch, 0, length, 0, scratchView));
  }

  /** Room for so many more. */
  reserve(more: number): void {
    this.#slots.reserve(more);
  }

  /** The same, and for what of them is shared, if they are like the last `like` that came. */
  reserveLike(more: number, { count, shared, sharedBytes }: LabelGrowth): void {
    const times = (more / Math.max(1, count)) * 1.05;
    this.#slots.texts.reserve(Math.ceil(shared * times), Math.ceil(sharedBytes * times));
    this.reserve(more);
  }

  /** To compare with later: see {@link reserveLike}. */
  growthSince(before?: LabelGrowth): LabelGrowth {
    const { size, textBytes } = this.#slots.texts;
    return {
      count: this.size - (before?.count ?? 0),
      shared: size - (before?.shared ?? 0),
      sharedBytes: textBytes - (before?.sharedBytes ?? 0),
    };
  }

  has(ref: number): boolean {
    return this.#slots.isTaken(ref);
  }

  /** The labels as remote-write bytes: a view, valid until the next call for any target. */
  bytesOf(ref: number): Uint8Array {
    return this.#lengthen(this.#slots.texts.table.key(this.#slots.ids[ref]!));
  }

  remove(ref: number): void {
    this.#slots.remove(ref);
  }

  /** Lets go of all, pausing now and then: for a target that goes away. */
  clear(): Generator<undefined> {
    return this.#slots.clear();
  }

  /** Writes labels to the scratch, the target's own as placeholders; returns their length. */
  #shorten(labelBytes: Uint8Array): number {
    const { length } = labelBytes;
    if (length > scratch.length) growScratch(length);
    let to = 0;
    for (let at = 0; at < length; ) {
      const end = fieldEnd(labelBytes, at);
      const own = this.#ownAt(labelBytes, at, end);
      if (own >= 0) scratch[to++] = firstPlaceholder + own;
      else for (let i = at; i < end; i++) scratch[to++] = labelBytes[i]!;
      at = end;
    }
    return to;
  }

  /** Which of the target's labels it is; negative: none. */
  #ownAt(labelBytes: Uint8Array, at: number, end: number): number {
    const own = this.#own;
    for (let i = 0; i < own.length; i++) if (isField(own[i]!, labelBytes, at, end)) return i;
    return none;
  }

  #lengthen(shared: Uint8Array): Uint8Array {
    const { length } = shared;
    let to = 0;
    for (let at = 0; at < length; ) {
      const isOwn = shared[at] !== labelTag;
      const from = isOwn ? this.#own[shared[at]! - firstPlaceholder]! : shared;
      const start = isOwn ? 0 : at;
      const end = isOwn ? from.length : fieldEnd(shared, at);
      if (to + end - start > scratch.length) growScratch(to + end - start);
      for (let i = start; i < end; i++) scratch[to++] = from[i]!;
      at = isOwn ? at + 1 : end;
    }
    return scratch.subarray(0, to);
  }
}

function growScratch(needed: number): void {
  const grown = new Uint8Array(needed * 2);
  grown.set(scratch);
  scratch = grown;
  scratchView = new DataView(grown.buffer);
}

function isField(field: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  if (field.length !== end - at) return false;
  for (let i = 0; i < field.length; i++) if (field[i] !== bytes[at + i]) return false;
  return true;
}
