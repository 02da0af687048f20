import { nextTurn } from '../self/time-slice.js';
import { fieldEnd, fieldsOf, labelTag } from './label-fields.js';
import type { SharedLabels } from './shared-labels.js';

/** A label of the target is one byte that no label's field begins with. */
const firstPlaceholder = 0x80;
const mostPlaceholders = 0x80;
const empty = -1;
/** Labels that are let go without a pause: some 3 ms. */
const closedAtOnce = 10_000;
// A fuller table makes linear probing walk.
const fullest = 0.75;

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
 * with the targets of the thread. About 12 bytes a series where all is shared.
 */
export class TargetLabels {
  readonly #shared: SharedLabels;
  readonly #own: readonly Uint8Array[];
  /** By ref the id of the shared part; of a free ref -2 - the next free one, or -1. */
  #ids = new Int32Array(16);
  /** Refs by the hash of their id. */
  #table = new Int32Array(32).fill(empty);
  #refCount = 0;
  #size = 0;
  #free = -1;

  /** @param own the target's labels as remote-write bytes */
  constructor(shared: SharedLabels, own: Uint8Array) {
    this.#shared = shared;
    this.#own = fieldsOf(own).slice(0, mostPlaceholders);
  }

  get size(): number {
    return this.#size;
  }

  /** Highest ref + 1. */
  get refCount(): number {
    return this.#refCount;
  }

  get memoryBytes(): number {
    return this.#ids.byteLength + this.#table.byteLength;
  }

  /** The ref of labels; negative when they have none. */
  find(labelBytes: Uint8Array): number {
    const length = this.#shorten(labelBytes);
    const id = this.#shared.find(scratch, length, scratchView);
    return id < 0 ? empty : this.#table[this.#probe(id)]!;
  }

  /** The ref of labels, which get one if they have none and `mayAdd` says so; else negative. */
  add(labelBytes: Uint8Array, mayAdd = true): number {
    if (!mayAdd) return this.find(labelBytes);
    const length = this.#shorten(labelBytes);
    const id = this.#shared.hold(scratch, length, scratchView);
    if (this.#size >= this.#table.length * fullest) this.#rehash();
    const place = this.#probe(id);
    const known = this.#table[place]!;
    if (known !== empty) {
      this.#shared.release(id);
      return known;
    }
    const ref = this.#takeRef();
    this.#ids[ref] = id;
    this.#table[place] = ref;
    this.#size++;
    return ref;
  }

  /** Room for so many more, of which the shared part is like that of the last `like` that came. */
  reserve(more: number, like: LabelGrowth): void {
    this.#shared.reserve(more, like);
    while (this.#size + more >= this.#table.length * fullest) this.#rehash();
    if (this.#refCount + more > this.#ids.length) this.#resizeIds(this.#refCount + more);
  }

  /** To compare with later: see {@link reserve}. */
  growthSince(before?: LabelGrowth): LabelGrowth {
    const { size, textBytes } = this.#shared;
    return {
      count: this.#size - (before?.count ?? 0),
      shared: size - (before?.shared ?? 0),
      sharedBytes: textBytes - (before?.sharedBytes ?? 0),
    };
  }

  has(ref: number): boolean {
    return ref < this.#refCount && this.#ids[ref]! >= 0;
  }

  /** The labels as remote-write bytes: a view, valid until the next call for any target. */
  bytesOf(ref: number): Uint8Array {
    return this.#lengthen(this.#shared.bytesOf(this.#ids[ref]!));
  }

  remove(ref: number): void {
    this.#unlink(ref);
    this.#shared.release(this.#ids[ref]!);
    this.#ids[ref] = -2 - this.#free;
    this.#free = ref;
    this.#size--;
  }

  /** Lets go of what is shared: for a target that goes away. Very many go in turns with other work. */
  async close(): Promise<void> {
    for (let ref = 0; ref < this.#refCount; ref++) {
      if (this.has(ref)) this.remove(ref);
      if (ref % closedAtOnce === closedAtOnce - 1) await nextTurn();
    }
    if (this.#refCount > closedAtOnce) this.#shared.trim();
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
    return empty;
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

  #takeRef(): number {
    const ref = this.#free;
    if (ref >= 0) {
      this.#free = -2 - this.#ids[ref]!;
      return ref;
    }
    if (this.#refCount === this.#ids.length) this.#resizeIds(Math.ceil(this.#refCount * 1.25));
    return this.#refCount++;
  }

  #resizeIds(length: number): void {
    const grown = new Int32Array(length);
    grown.set(this.#ids);
    this.#ids = grown;
  }

  /** The place in the table that holds the id, or the empty one where it belongs. */
  #probe(id: number): number {
    const mask = this.#table.length - 1;
    let place = hashOf(id) & mask;
    for (;;) {
      const ref = this.#table[place]!;
      if (ref === empty || this.#ids[ref] === id) return place;
      place = (place + 1) & mask;
    }
  }

  #rehash(): void {
    this.#table = new Int32Array(this.#table.length * 2).fill(empty);
    for (let ref = 0; ref < this.#refCount; ref++) {
      if (this.has(ref)) this.#table[this.#probe(this.#ids[ref]!)] = ref;
    }
  }

  /** Deletes without a tombstone: entries behind the hole that may stand there move up. */
  #unlink(ref: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let hole = this.#probe(this.#ids[ref]!);
    let place = hole;
    for (;;) {
      place = (place + 1) & mask;
      const next = table[place]!;
      if (next === empty) break;
      const home = hashOf(this.#ids[next]!) & mask;
      if (((place - home) & mask) < ((place - hole) & mask)) continue;
      table[hole] = next;
      hole = place;
    }
    table[hole] = empty;
  }
}

/** Ids are consecutive, a table's places too: they must not run into each other. */
function hashOf(id: number): number {
  const mixed = Math.imul(id, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
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
