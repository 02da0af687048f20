import { viewOf } from './byte-blocks.js';
import type { KeyTable } from './key-table.js';
import { LocalSlots } from './local-slots.js';
import type { SeriesContext } from './series-context.js';
import { SharedKeys } from './shared-keys.js';

/**
 * The series texts that one target shows. The texts themselves are shared with the other targets of
 * the thread. A key is the text and its context, one byte (a SeriesContext).
 *
 * A series has a slot: a small integer that stays until `remove`, after which it is given out again.
 */
export class SeriesKeys {
  readonly #slots: LocalSlots;

  constructor(texts = new SharedKeys()) {
    this.#slots = new LocalSlots(texts);
  }

  /** Of all targets that share it. */
  get texts(): SharedKeys {
    return this.#slots.texts;
  }

  /** Where the texts are found, by their ids. */
  get table(): KeyTable {
    return this.#slots.texts.table;
  }

  /** By slot: the id of its text. Replaced as it grows. */
  get ids(): Int32Array {
    return this.#slots.ids;
  }

  /** One more than the highest slot ever given out. */
  get slotCount(): number {
    return this.#slots.slotCount;
  }

  /** Number of series. */
  get size(): number {
    return this.#slots.size;
  }

  /** How many series were removed so far: until it grows, a slot stands for the same series. */
  get removals(): number {
    return this.#slots.removals;
  }

  /** Without the texts. */
  get memoryBytes(): number {
    return this.#slots.memoryBytes;
  }

  /** The slot of a key, or -1. `view` spares making one: it must show the bytes of `bytes`. */
  find(
    bytes: Uint8Array,
    start: number,
    end: number,
    context: number,
    view: DataView = viewOf(bytes),
  ): number {
    const id = this.table.find(bytes, start, end, context, view);
    return id < 0 ? -1 : this.#slots.find(id);
  }

  /** The slot of a key, which gets one if it has none. */
  add(
    bytes: Uint8Array,
    start: number,
    end: number,
    context: number,
    view: DataView = viewOf(bytes),
  ): number {
    return this.#slots.add(this.table.add(bytes, start, end, context, view));
  }

  /** Frees a slot for another series. Views given out before are void, if it `compacts`. */
  remove(slot: number, compacts = true): void {
    this.#slots.remove(slot, compacts);
  }

  /** Where most of the texts' bytes are of series that were removed: gives their room back. */
  compact(): void {
    this.table.compact();
  }

  /** The text of a series: a view, valid until the next `add` or `remove` of any target. */
  key(slot: number): Uint8Array {
    return this.table.key(this.ids[slot]!);
  }

  /** False for a slot that was freed or never given out. */
  has(slot: number): boolean {
    return this.#slots.isTaken(slot);
  }

  contextOf(slot: number): SeriesContext {
    return this.table.contextOf(this.ids[slot]!);
  }

  /** Makes room for so many more series: to be trimmed later. */
  reserve(series: number): void {
    this.#slots.reserve(series);
  }

  /** Gives back the room that is left over. */
  trim(): void {
    this.#slots.trim();
  }

  /** Forgets every series, pausing now and then: for a target that goes away. */
  clear(): Generator<undefined> {
    return this.#slots.clear();
  }
}
