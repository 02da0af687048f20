import { copyBytes, hasBytes, hashBytes, viewOf } from './byte-blocks.js';
import { grownLength, KeyColumns, noKeys } from './key-columns.js';
import { empty, unlink } from './probing-table.js';
import type { SeriesContext } from './series-context.js';

// A fuller table makes linear probing walk.
const fullest = 0.75;
const fewestPlaces = 128;
const noBytes = new Uint8Array(0);
const noBytesView = new DataView(noBytes.buffer);
// Says of every key that it is not there; never written to.
const noPlaces = new Int32Array(1).fill(empty);

/**
 * Texts as bytes in one arena, found through an open-addressing hash over typed arrays: their bytes
 * plus about 21 each, and nothing for the garbage collector to walk. A text of a series is its name and
 * braces, blanks as written; the same text in another context (one byte, a SeriesContext) is another.
 *
 * A text has an id: a small integer that stays until `remove`, after which it is given out again.
 */
export class KeyTable {
  /** A text begins at `starts[id]` and is `lengths[id]` long. Replaced as it grows. */
  arena: Uint8Array<ArrayBuffer> = noBytes;
  /** The arena for {@link hasBytes}. */
  view = noBytesView;
  /** Of a free id: the next free one, or -1. */
  starts = noKeys.starts;
  lengths = noKeys.lengths;
  /** A free one has one of its own, so that it never equals what is looked for. */
  contexts = noKeys.contexts;
  #hashes = noKeys.hashes;
  #columns = noKeys;
  #table = noPlaces;
  #arenaUsed = 0;
  #garbage = 0;
  #idCount = 0;
  #size = 0;
  #free = -1;

  /** One more than the highest id ever given out. */
  get idCount(): number {
    return this.#idCount;
  }

  /** Number of texts. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of the texts. */
  get textBytes(): number {
    return this.#arenaUsed - this.#garbage;
  }

  /** True when more than a quarter of an array holds nothing. */
  get isRoomy(): boolean {
    const { length } = this.starts;
    return this.textBytes * 1.34 < this.arena.length || this.#size * 1.34 < length;
  }

  /** What the arrays hold, capacity included. */
  get memoryBytes(): number {
    return this.arena.length + this.#columns.byteLength + this.#table.length * 4;
  }

  /** The id of a text, or -1. `view` spares making one: it must show the bytes of `bytes`. */
  find(
    bytes: Uint8Array,
    start: number,
    end: number,
    context: number,
    view: DataView = viewOf(bytes),
  ): number {
    return this.#table[this.#probe(view, start, end, context, hashBytes(view, start, end))]!;
  }

  /** The id of a text, which gets one if it has none. */
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
    const id = this.#takeId();
    this.#table[place] = id;
    this.#hashes[id] = keyHash;
    this.contexts[id] = context;
    this.starts[id] = this.#arenaUsed;
    this.lengths[id] = end - start;
    this.#append(view, start, end);
    this.#size++;
    return id;
  }

  /** Frees an id for another text. Views given out before are void, if it `compacts`. */
  remove(id: number, compacts = true): void {
    if (!this.has(id)) return;
    unlink(this.#table, this.#hashes, id);
    this.#garbage += this.lengths[id]!;
    this.#size--;
    this.contexts[id] = freeContext;
    this.lengths[id] = 0;
    this.starts[id] = this.#free;
    this.#free = id;
    if (compacts) this.compact();
  }

  /** Where most of the bytes are of texts that were removed: gives their room back. */
  compact(): void {
    if (this.#garbage > 4096 && this.#garbage > this.#arenaUsed / 2) this.#moveUp();
  }

  /** A text: a view, valid until the next `add` or `remove`. */
  key(id: number): Uint8Array {
    const start = this.starts[id]!;
    return this.arena.subarray(start, start + this.lengths[id]!);
  }

  /** False for an id that was freed or never given out. */
  has(id: number): boolean {
    return id < this.#idCount && this.contexts[id] !== freeContext;
  }

  /** Whether a text is `view`'s bytes from `start` to `end`, in this context. */
  equals(id: number, view: DataView, start: number, end: number, context: number): boolean {
    return (
      this.contexts[id] === context &&
      this.lengths[id] === end - start &&
      hasBytes(view, start, this.view, this.starts[id]!, end - start)
    );
  }

  contextOf(id: number): SeriesContext {
    return this.contexts[id] as SeriesContext;
  }

  /** Makes room for so many more texts, of so many bytes in all: to be trimmed later. */
  reserve(texts: number, bytes: number): void {
    const ids = this.#idCount + texts;
    if (ids > this.starts.length) this.#moveColumns(new KeyColumns(ids));
    let places = Math.max(fewestPlaces, this.#table.length);
    while (ids > places * fullest) places *= 2;
    if (places > this.#table.length) this.#rehash(places);
    const needed = this.#arenaUsed + bytes;
    if (needed > this.arena.length) this.#moveArena(new Uint8Array(needed));
  }

  /** Gives back the room that is left over, but for a twentieth. */
  trim(): void {
    this.#dropFreeTail();
    const ids = Math.ceil(this.#idCount * 1.05);
    if (ids < this.starts.length) {
      this.#moveColumns(new KeyColumns(ids));
    }
    if (this.#arenaUsed * 1.1 < this.arena.length) {
      if (this.#garbage > 0) this.#moveUp();
      else this.#moveArena(new Uint8Array(Math.ceil(this.#arenaUsed * 1.05)));
    }
    let places = this.#table.length;
    while (places > fewestPlaces && this.#size <= (places / 2) * fullest) places /= 2;
    if (places < this.#table.length) this.#rehash(places);
  }

  /** Free ids behind the last used one need no place. */
  #dropFreeTail(): void {
    const { contexts, starts } = this;
    let count = this.#idCount;
    while (count > 0 && contexts[count - 1] === freeContext) count--;
    if (count === this.#idCount) return;
    this.#idCount = count;
    this.#free = -1;
    for (let id = count - 1; id >= 0; id--) {
      if (contexts[id] !== freeContext) continue;
      starts[id] = this.#free;
      this.#free = id;
    }
  }

  /** The place in the table that holds the text, or the empty one where it belongs. */
  #probe(view: DataView, start: number, end: number, context: number, keyHash: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    let place = keyHash & mask;
    for (;;) {
      const id = table[place]!;
      if (id === empty) return place;
      if (this.#hashes[id] === keyHash && this.equals(id, view, start, end, context)) return place;
      place = (place + 1) & mask;
    }
  }

  #takeId(): number {
    const id = this.#free;
    if (id >= 0) {
      this.#free = this.starts[id]!;
      return id;
    }
    if (this.#idCount === this.starts.length) {
      this.#moveColumns(new KeyColumns(Math.max(64, grownLength(this.#idCount))));
    }
    return this.#idCount++;
  }

  #moveColumns(columns: KeyColumns): void {
    if (this.#idCount > 0) columns.copyFrom(this.#columns, this.#idCount);
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
    for (let id = 0; id < this.#idCount; id++) {
      if (this.contexts[id] === freeContext) continue;
      let place = this.#hashes[id]! & mask;
      while (table[place] !== empty) place = (place + 1) & mask;
      table[place] = id;
    }
    this.#table = table;
  }

  #moveUp(): void {
    const from = this.view;
    const live = this.#arenaUsed - this.#garbage;
    this.#replaceArena(new Uint8Array(Math.ceil(live * 1.05)));
    let used = 0;
    for (let id = 0; id < this.#idCount; id++) {
      if (this.contexts[id] === freeContext) continue;
      const length = this.lengths[id]!;
      copyBytes(from, this.starts[id]!, this.view, used, length);
      this.starts[id] = used;
      used += length;
    }
    this.#arenaUsed = used;
    this.#garbage = 0;
  }

  /** Texts stay at their places. */
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
