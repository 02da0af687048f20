import { type SeriesContext, seriesContext } from './series-context.js';

const empty = -1;
// A table more than 5/8 full makes linear probing walk.
const fullest = 0.625;

/**
 * Every series text that one target shows, as bytes in one arena, found through an open-addressing
 * hash over typed arrays: key bytes plus about 21 bytes a series, and nothing for the garbage
 * collector to walk. A key is the text (name and braces, blanks as written) and its context, one
 * byte (a SeriesContext).
 *
 * A series has a slot: a small integer that stays until `remove`, after which it is given out again.
 */
export class SeriesKeys {
  /** Key bytes; a key begins at `starts[slot]` and is `lengths[slot]` long. Replaced as it grows. */
  arena = new Uint8Array(1024);
  /** The arena for {@link hasBytes}. */
  view = new DataView(this.arena.buffer);
  /** Of a free slot: the next free one, or -1. */
  starts = new Int32Array(64);
  lengths = new Int32Array(64);
  /** A free slot has one of its own, so that it never equals what is looked for. */
  contexts = new Uint8Array(64);
  #hashes = new Int32Array(64);
  #table = new Int32Array(128).fill(empty);
  #arenaUsed = 0;
  #garbage = 0;
  #slotCount = 0;
  #size = 0;
  #free = -1;

  /** One more than the highest slot ever given out. */
  get slotCount(): number {
    return this.#slotCount;
  }

  /** Number of series. */
  get size(): number {
    return this.#size;
  }

  /** What the arrays hold, capacity included. */
  get memoryBytes(): number {
    return this.arena.length + this.starts.length * 13 + this.#table.length * 4;
  }

  /** The slot of a key, or -1. */
  find(bytes: Uint8Array, start: number, end: number, context: number): number {
    return this.#table[this.#probe(bytes, start, end, context, hash(bytes, start, end))]!;
  }

  /** The slot of a key, which gets one if it has none. */
  add(bytes: Uint8Array, start: number, end: number, context: number): number {
    if (this.#size >= this.#table.length * fullest) this.#rehash(this.#table.length * 2);
    const keyHash = hash(bytes, start, end);
    const place = this.#probe(bytes, start, end, context, keyHash);
    const known = this.#table[place]!;
    if (known !== empty) return known;
    const slot = this.#takeSlot();
    this.#table[place] = slot;
    this.#hashes[slot] = keyHash;
    this.contexts[slot] = context;
    this.starts[slot] = this.#arenaUsed;
    this.lengths[slot] = end - start;
    this.#append(bytes, start, end);
    this.#size++;
    return slot;
  }

  /** The slot of a series that no body can show (the text starts with byte 0): synthetic ones. */
  addReserved(name: string): number {
    const key = new TextEncoder().encode(`\0${name}`);
    return this.add(key, 0, key.length, seriesContext.plain);
  }

  /** Frees a slot for another series. Views given out before are void. */
  remove(slot: number): void {
    if (this.contexts[slot] === freeContext) return;
    this.#unlink(slot);
    this.#garbage += this.lengths[slot]!;
    this.#size--;
    this.contexts[slot] = freeContext;
    this.lengths[slot] = 0;
    this.starts[slot] = this.#free;
    this.#free = slot;
    if (this.#garbage > 4096 && this.#garbage > this.#arenaUsed / 2) this.#compact();
  }

  /** The text of a series: a view, valid until the next `add` or `remove`. */
  key(slot: number): Uint8Array {
    const start = this.starts[slot]!;
    return this.arena.subarray(start, start + this.lengths[slot]!);
  }

  /** False for a slot that was freed. */
  has(slot: number): boolean {
    return this.contexts[slot] !== freeContext;
  }

  contextOf(slot: number): SeriesContext {
    return this.contexts[slot] as SeriesContext;
  }

  /** The place in the table that holds the key, or the empty one where it belongs. */
  #probe(bytes: Uint8Array, start: number, end: number, context: number, keyHash: number): number {
    const table = this.#table;
    const hashes = this.#hashes;
    const mask = table.length - 1;
    let place = keyHash & mask;
    for (;;) {
      const slot = table[place]!;
      if (slot === empty) return place;
      if (hashes[slot] === keyHash && this.contexts[slot] === context) {
        if (this.#holds(slot, bytes, start, end)) return place;
      }
      place = (place + 1) & mask;
    }
  }

  #holds(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.lengths[slot] !== end - start) return false;
    const arena = this.arena;
    let at = this.starts[slot]!;
    for (let i = start; i < end; i++) if (bytes[i] !== arena[at++]) return false;
    return true;
  }

  #takeSlot(): number {
    const slot = this.#free;
    if (slot >= 0) {
      this.#free = this.starts[slot]!;
      return slot;
    }
    if (this.#slotCount === this.starts.length) this.#growSlots();
    return this.#slotCount++;
  }

  #growSlots(): void {
    const length = Math.ceil(this.starts.length * 1.5);
    this.starts = resized(this.starts, new Int32Array(length));
    this.lengths = resized(this.lengths, new Int32Array(length));
    this.contexts = resized(this.contexts, new Uint8Array(length));
    this.#hashes = resized(this.#hashes, new Int32Array(length));
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const used = this.#arenaUsed;
    const needed = used + end - start;
    if (needed > this.arena.length) {
      const grown = new Uint8Array(Math.max(needed, Math.ceil(this.arena.length * 1.5)));
      this.#replaceArena(resized(this.arena.subarray(0, used), grown));
    }
    const arena = this.arena;
    let at = used;
    for (let i = start; i < end; i++) arena[at++] = bytes[i]!;
    this.#arenaUsed = needed;
  }

  #rehash(length: number): void {
    const table = new Int32Array(length).fill(empty);
    const mask = length - 1;
    for (let slot = 0; slot < this.#slotCount; slot++) {
      if (this.contexts[slot] === freeContext) continue;
      let place = this.#hashes[slot]! & mask;
      while (table[place] !== empty) place = (place + 1) & mask;
      table[place] = slot;
    }
    this.#table = table;
  }

  /** Deletes without a tombstone: entries behind the hole that may stand there move up. */
  #unlink(slot: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let hole = this.#hashes[slot]! & mask;
    while (table[hole] !== slot) hole = (hole + 1) & mask;
    let place = hole;
    for (;;) {
      place = (place + 1) & mask;
      const next = table[place]!;
      if (next === empty) break;
      const home = this.#hashes[next]! & mask;
      if (((place - home) & mask) < ((place - hole) & mask)) continue;
      table[hole] = next;
      hole = place;
    }
    table[hole] = empty;
  }

  #compact(): void {
    const from = this.arena;
    const live = this.#arenaUsed - this.#garbage;
    const to = new Uint8Array(Math.max(1024, Math.ceil(live * 1.25)));
    let used = 0;
    for (let slot = 0; slot < this.#slotCount; slot++) {
      if (this.contexts[slot] === freeContext) continue;
      const start = this.starts[slot]!;
      const end = start + this.lengths[slot]!;
      this.starts[slot] = used;
      for (let i = start; i < end; i++) to[used++] = from[i]!;
    }
    this.#replaceArena(to);
    this.#arenaUsed = used;
    this.#garbage = 0;
  }

  #replaceArena(arena: Uint8Array<ArrayBuffer>): void {
    this.arena = arena;
    this.view = new DataView(arena.buffer);
  }
}

const freeContext = 255;

/**
 * Whether `length` bytes of `a` from `i` and of `b` from `k` are the same. Sixteen at a time through
 * DataViews: four times as fast as byte by byte (V8 makes one instruction of an unaligned getInt32).
 * It looks at all of them, for where it is called they nearly always are the same.
 */
export function hasBytes(a: DataView, i: number, b: DataView, k: number, length: number): boolean {
  let difference = 0;
  if (length < 4) {
    for (let n = 0; n < length; n++) difference |= a.getUint8(i + n) ^ b.getUint8(k + n);
    return difference === 0;
  }
  // The last four bytes come first, so that what the strides leave is a multiple of four or overlaps.
  const end = i + length - 4;
  difference = a.getInt32(end, true) ^ b.getInt32(k + length - 4, true);
  let at = i;
  let other = k;
  for (; at < end - 12; at += 16, other += 16) {
    difference |=
      (a.getInt32(at, true) ^ b.getInt32(other, true)) |
      (a.getInt32(at + 4, true) ^ b.getInt32(other + 4, true)) |
      (a.getInt32(at + 8, true) ^ b.getInt32(other + 8, true)) |
      (a.getInt32(at + 12, true) ^ b.getInt32(other + 12, true));
  }
  for (; at < end; at += 4, other += 4) {
    difference |= a.getInt32(at, true) ^ b.getInt32(other, true);
  }
  return difference === 0;
}

function resized<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

// Random per process: an exporter cannot make keys that meet in one place of the table.
const seed = (Math.random() * 0x1_0000_0000) | 0;
const factor = (Math.random() * 0x1_0000_0000) | 1;

/** Four bytes a step, each step multiplied and folded (as MurmurHash3's finalizer does). */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let h = seed ^ (end - start);
  let i = start;
  for (const last = end - 4; i <= last; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    h = Math.imul(h ^ word, factor);
    h ^= h >>> 15;
  }
  for (; i < end; i++) {
    h = Math.imul(h ^ bytes[i]!, factor);
    h ^= h >>> 15;
  }
  h = Math.imul(h, 0x85ebca6b);
  return h ^ (h >>> 13);
}
