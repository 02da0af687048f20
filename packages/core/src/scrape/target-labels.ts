import type { SharedLabels } from './shared-labels.js';

/** First byte of a label in remote-write bytes: a label of the target is one byte that is none. */
const labelTag = 0x0a;
const firstPlaceholder = 0x80;
const mostPlaceholders = 0x80;
const empty = -1;
// A fuller table makes linear probing walk.
const fullest = 0.75;

// All is synchronous, so one scratch serves every target of a thread.
let scratch = new Uint8Array(4096);

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
    const id = this.#shared.find(scratch, length);
    return id < 0 ? empty : this.#table[this.#probe(id)]!;
  }

  /** The ref of labels, which get one if they have none. */
  add(labelBytes: Uint8Array): number {
    // The scratch may be another one after this.
    const length = this.#shorten(labelBytes);
    const id = this.#shared.hold(scratch, length);
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

  /** Lets go of what is shared: for a target that goes away. */
  close(): void {
    for (let ref = 0; ref < this.#refCount; ref++) if (this.has(ref)) this.remove(ref);
  }

  /** Writes labels to the scratch, the target's own as placeholders; returns their length. */
  #shorten(labelBytes: Uint8Array): number {
    if (labelBytes.length > scratch.length) scratch = new Uint8Array(labelBytes.length * 2);
    let to = 0;
    for (let at = 0; at < labelBytes.length; ) {
      const end = fieldEnd(labelBytes, at);
      const own = this.#own.findIndex((field) => isField(field, labelBytes, at, end));
      if (own >= 0) scratch[to++] = firstPlaceholder + own;
      else {
        scratch.set(labelBytes.subarray(at, end), to);
        to += end - at;
      }
      at = end;
    }
    return to;
  }

  #lengthen(shared: Uint8Array): Uint8Array {
    let to = 0;
    for (let at = 0; at < shared.length; ) {
      const isOwn = shared[at] !== labelTag;
      const end = isOwn ? at + 1 : fieldEnd(shared, at);
      const field = isOwn ? this.#own[shared[at]! - firstPlaceholder]! : shared.subarray(at, end);
      if (to + field.length > scratch.length) growScratch(to + field.length);
      scratch.set(field, to);
      to += field.length;
      at = end;
    }
    return scratch.subarray(0, to);
  }

  #takeRef(): number {
    const ref = this.#free;
    if (ref >= 0) {
      this.#free = -2 - this.#ids[ref]!;
      return ref;
    }
    if (this.#refCount === this.#ids.length) {
      const grown = new Int32Array(Math.ceil(this.#refCount * 1.25));
      grown.set(this.#ids);
      this.#ids = grown;
    }
    return this.#refCount++;
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
}

/** Where the label that begins at `at` ends. */
function fieldEnd(bytes: Uint8Array, at: number): number {
  let length = 0;
  let i = at + 1;
  for (let shift = 0; ; shift += 7) {
    const next = bytes[i++]!;
    length |= (next & 0x7f) << shift;
    if (next < 0x80) return i + length;
  }
}

function fieldsOf(bytes: Uint8Array): Uint8Array[] {
  const fields: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = fieldEnd(bytes, at);
    // A copy: the slice of a Buffer would be a view.
    fields.push(Uint8Array.from(bytes.subarray(at, end)));
    at = end;
  }
  return fields;
}

function isField(field: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  if (field.length !== end - at) return false;
  for (let i = 0; i < field.length; i++) if (field[i] !== bytes[at + i]) return false;
  return true;
}
