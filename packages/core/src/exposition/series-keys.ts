import { copyBytes, hasBytes, hashBytes, viewOf } from './byte-blocks.js';
import { empty, unlink } from './probing-table.js';
import { type SeriesContext, seriesContext } from './series-context.js';
import { grownLength, noSlots, SlotColumns } from './slot-columns.js';
import { spareRoom } from './spare-room.js';

// A fuller table makes linear probing walk.
const fullest = 0.75;
const fewestPlaces = 128;
const noBytes = new Uint8Array(0);
const noBytesView = new DataView(noBytes.buffer);
// Says of every key that it is not there; never written to.
const noPlaces = new Int32Array(1).fill(empty);

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
  arena: Uint8Array<ArrayBuffer> = noBytes;
  /** The arena for {@link hasBytes}. */
  view = noBytesView;
  /** Of a free slot: the next free one, or -1. */
  starts = noSlots.starts;
  lengths = noSlots.lengths;
  /** A free slot has one of its own, so that it never equals what is looked for. */
  contexts = noSlots.contexts;
  #hashes = noSlots.hashes;
  #columns = noSlots;
  #table = noPlaces;
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

  /** Bytes of the series' texts. */
  get textBytes(): number {
    return this.#arenaUsed - this.#garbage;
  }

  /** What the arrays hold, capacity included. */
  get memoryBytes(): number {
    return this.arena.length + this.#columns.byteLength + this.#table.length * 4;
  }

  /** The slot of a key, or -1. `view` spares making one: it must show the bytes of `bytes`. */
  find(
    bytes: Uint8Array,
    start: number,
    end: number,
    context: number,
    view: DataView = viewOf(bytes),
  ): number {
    return this.#table[this.#probe(view, start, end, context, hashBytes(view, start, end))]!;
  }

  /** The slot of a key, which gets one if it has none. */
  add(
    bytes: Uint8Array,
    start: number,
    end: number,
    context: number,
    view: DataView = viewOf(bytes),
  ): number {
    if (this.#size + 1 > this.#table.length * fullest) {
      this.#rehash(Math.max(fewestPlaces, this.#table.length * 2));
    }
    const keyHash = hashBytes(view, start, end);
    const place = this.#probe(view, start, end, context, keyHash);
    const known = this.#table[place]!;
    if (known !== empty) return known;
    const slot = this.#takeSlot();
    this.#table[place] = slot;
    this.#hashes[slot] = keyHash;
    this.contexts[slot] = context;
    this.starts[slot] = this.#arenaUsed;
    this.lengths[slot] = end - start;
    this.#append(view, start, end);
    this.#size++;
    return slot;
  }

  /** The slot of a series that no body can show (the text starts with byte 0): synthetic ones. */
  addReserved(name: string): number {
    const key = new TextEncoder().encode(`\0${name}`);
    return this.add(key, 0, key.length, seriesContext.plain);
  }

  /** Frees a slot for another series. Views given out before are void, if it `compacts`. */
  remove(slot: number, compacts = true): void {
    if (!this.has(slot)) return;
    unlink(this.#table, this.#hashes, slot);
    this.#garbage += this.lengths[slot]!;
    this.#size--;
    this.contexts[slot] = freeContext;
    this.lengths[slot] = 0;
    this.starts[slot] = this.#free;
    this.#free = slot;
    if (compacts) this.compact();
  }

  /** Where most of the texts' bytes are of series that were removed: gives their room back. */
  compact(): void {
    if (this.#garbage > 4096 && this.#garbage > this.#arenaUsed / 2) this.#moveUp();
  }

  /** The text of a series: a view, valid until the next `add` or `remove`. */
  key(slot: number): Uint8Array {
    const start = this.starts[slot]!;
    return this.arena.subarray(start, start + this.lengths[slot]!);
  }

  /** False for a slot that was freed or never given out. */
  has(slot: number): boolean {
    return slot < this.#slotCount && this.contexts[slot] !== freeContext;
  }

  contextOf(slot: number): SeriesContext {
    return this.contexts[slot] as SeriesContext;
  }

  /** Makes room for so many more series, with texts of so many bytes in all: to be trimmed later. */
  reserve(series: number, bytes: number): void {
    const slots = this.#slotCount + series;
    if (slots > this.starts.length) this.#moveSlots(spareRoom.columns(slots));
    let places = Math.max(fewestPlaces, this.#table.length);
    while (slots > places * fullest) places *= 2;
    if (places > this.#table.length) this.#rehash(places);
    const needed = this.#arenaUsed + bytes;
    if (needed > this.arena.length) this.#moveArena(spareRoom.arena(needed));
  }

  /** Forgets every series at once. */
  clear(): void {
    this.contexts.fill(freeContext, 0, this.#slotCount);
    this.#table.fill(empty);
    this.#arenaUsed = 0;
    this.#garbage = 0;
    this.#size = 0;
    this.trim();
  }

  /** Gives back the room that is left over, but for a twentieth. */
  trim(): void {
    this.#dropFreeTail();
    const slots = Math.ceil(this.#slotCount * 1.05);
    if (slots < this.starts.length) {
      const before = this.#columns;
      this.#moveSlots(new SlotColumns(slots));
      spareRoom.giveColumns(before);
    }
    if (this.#arenaUsed * 1.1 < this.arena.length) {
      const before = this.arena;
      if (this.#garbage > 0) this.#moveUp();
      else this.#moveArena(new Uint8Array(Math.ceil(this.#arenaUsed * 1.05)));
      spareRoom.giveArena(before);
    }
    let places = this.#table.length;
    while (places > fewestPlaces && this.#size <= (places / 2) * fullest) places /= 2;
    if (places < this.#table.length) this.#rehash(places);
  }

  /** Free slots behind the last used one need no place. */
  #dropFreeTail(): void {
    const { contexts, starts } = this;
    let count = this.#slotCount;
    while (count > 0 && contexts[count - 1] === freeContext) count--;
    if (count === this.#slotCount) return;
    this.#slotCount = count;
    this.#free = -1;
    for (let slot = count - 1; slot >= 0; slot--) {
      if (contexts[slot] !== freeContext) continue;
      starts[slot] = this.#free;
      this.#free = slot;
    }
  }

  /** The place in the table that holds the key, or the empty one where it belongs. */
  #probe(view: DataView, start: number, end: number, context: number, keyHash: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    let place = keyHash & mask;
    for (;;) {
      const slot = table[place]!;
      if (slot === empty) return place;
      if (
        this.#hashes[slot] === keyHash &&
        this.contexts[slot] === context &&
        this.lengths[slot] === end - start &&
        hasBytes(view, start, this.view, this.starts[slot]!, end - start)
      ) {
        return place;
      }
      place = (place + 1) & mask;
    }
  }

  #takeSlot(): number {
    const slot = this.#free;
    if (slot >= 0) {
      this.#free = this.starts[slot]!;
      return slot;
    }
    if (this.#slotCount === this.starts.length) {
      this.#moveSlots(new SlotColumns(Math.max(64, grownLength(this.#slotCount))));
    }
    return this.#slotCount++;
  }

  #moveSlots(columns: SlotColumns): void {
    if (this.#slotCount > 0) columns.copyFrom(this.#columns, this.#slotCount);
    this.#columns = columns;
    this.starts = columns.starts;
    this.lengths = columns.lengths;
    this.contexts = columns.contexts;
    this.#hashes = columns.hashes;
  }

  #append(view: DataView, start: number, end: number): void {
    const used = this.#arenaUsed;
    const needed = used + end - start;
    if (needed > this.arena.length) {
      this.#moveArena(new Uint8Array(Math.max(1024, needed, grownLength(this.arena.length))));
    }
    copyBytes(view, start, this.view, used, end - start);
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

  #moveUp(): void {
    const from = this.view;
    const live = this.#arenaUsed - this.#garbage;
    this.#replaceArena(new Uint8Array(Math.ceil(live * 1.05)));
    let used = 0;
    for (let slot = 0; slot < this.#slotCount; slot++) {
      if (this.contexts[slot] === freeContext) continue;
      const length = this.lengths[slot]!;
      copyBytes(from, this.starts[slot]!, this.view, used, length);
      this.starts[slot] = used;
      used += length;
    }
    this.#arenaUsed = used;
    this.#garbage = 0;
  }

  /** Keys stay at their places. */
  #moveArena(arena: Uint8Array<ArrayBuffer>): void {
    if (this.#arenaUsed > 0) arena.set(this.arena.subarray(0, this.#arenaUsed));
    this.#replaceArena(arena);
  }

  #replaceArena(arena: Uint8Array<ArrayBuffer>): void {
    this.arena = arena;
    this.view = new DataView(arena.buffer);
  }
}

const freeContext = 255;
