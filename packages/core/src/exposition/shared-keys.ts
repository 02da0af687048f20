import { BodyOutlines } from './body-outline.js';
import { KeyTable } from './key-table.js';
import type { LocalSlots } from './local-slots.js';

const nothing = new Int32Array(0);

/**
 * Texts that the targets of a thread have in common, each as long as some target holds it: targets of
 * one kind show the same series. What a target has of them are its LocalSlots.
 */
export class SharedKeys {
  readonly table = new KeyTable();
  /** Of whole bodies. */
  readonly outlines = new BodyOutlines();
  /** By id: how many targets hold the text. */
  #holders = nothing;
  /**
   * By id: the slot of the text, in some target: a guess that the target's own slots confirm. It is
   * sure of one target, for which it was filled when a text seemed to be in no slot.
   */
  #slots = nothing;
  #sureOf: LocalSlots | undefined;

  /** How many different ones there are. */
  get size(): number {
    return this.table.size;
  }

  get textBytes(): number {
    return this.table.textBytes;
  }

  get memoryBytes(): number {
    const own = this.#holders.byteLength + this.#slots.byteLength;
    return this.table.memoryBytes + this.outlines.memoryBytes + own;
  }

  /** The slot in which a target has a text; negative: in none. */
  slotOf(id: number, target: LocalSlots): number {
    if (id >= this.#slots.length) this.#fit();
    const slot = this.#slots[id]!;
    if (target.has(slot, id)) return slot;
    if (this.#sureOf === target) return -1;
    this.#sureOf = target;
    const { ids, slotCount } = target;
    for (let i = 0; i < slotCount; i++) if (ids[i]! >= 0) this.#slots[ids[i]!] = i;
    const found = this.#slots[id]!;
    return target.has(found, id) ? found : -1;
  }

  /** For a target that was told it has no slot for the text. */
  hold(id: number, slot: number): void {
    this.#slots[id] = slot;
    this.#holders[id]!++;
  }

  release(id: number, compacts: boolean): void {
    this.#holders[id]!--;
    if (this.#holders[id] === 0) this.table.remove(id, compacts);
  }

  /** Room for so many more, of so many bytes in all. */
  reserve(texts: number, bytes: number): void {
    this.table.reserve(texts, bytes);
    this.#fit();
  }

  /**
   * Gives back the room that is left over, where that is much or a target holds so many of the texts
   * that its own arrays were no smaller: else each new target would copy those of all.
   */
  trim(held: number): void {
    if (held * 2 < this.table.size && !this.table.isRoomy) return;
    this.table.trim();
    if (this.table.starts.length < this.#slots.length) this.#fit();
  }

  /** As the table's own arrays. */
  #fit(): void {
    const { length } = this.table.starts;
    this.#holders = resized(this.#holders, length);
    this.#slots = resized(this.#slots, length);
  }
}

function resized(from: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (from.length > length) return from.slice(0, length);
  const to = new Int32Array(length);
  to.set(from);
  return to;
}
