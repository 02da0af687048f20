import { grownLength } from './key-columns.js';
import type { SharedKeys } from './shared-keys.js';

const fewestSlots = 16;
/** Let go of without a pause: some 2 ms. */
const clearedAtOnce = 8192;
const noIds = new Int32Array(0);

/**
 * Which of the shared texts one target has, each in a slot: a small integer that stays until `remove`,
 * after which it is given out again. Four bytes a text; in which slot a text stands is asked of SharedKeys.
 */
export class LocalSlots {
  readonly texts: SharedKeys;
  /** By slot: the text's id; of a free slot -2 - the next free one, or -1. Replaced as it grows. */
  ids = noIds;
  /** One more than the highest slot ever given out. */
  slotCount = 0;
  /** Number of texts. */
  size = 0;
  /** How many texts were let go of so far. */
  removals = 0;
  #free = -1;

  constructor(texts: SharedKeys) {
    this.texts = texts;
  }

  get memoryBytes(): number {
    return this.ids.byteLength;
  }

  /** Whether the slot has this text. */
  has(slot: number, id: number): boolean {
    return slot < this.slotCount && this.ids[slot] === id;
  }

  /** False for a slot that was freed or never given out. */
  isTaken(slot: number): boolean {
    return slot < this.slotCount && this.ids[slot]! >= 0;
  }

  /** The slot of a text; negative: it has none. */
  find(id: number): number {
    return this.texts.slotOf(id, this);
  }

  /** The slot of a text, which gets one if it has none, and is held then. */
  add(id: number): number {
    const known = this.texts.slotOf(id, this);
    if (known >= 0) return known;
    const slot = this.#takeSlot();
    this.ids[slot] = id;
    this.size++;
    this.texts.hold(id, slot);
    return slot;
  }

  /** Lets go of a text. Views of texts given out before are void, if it `compacts`. */
  remove(slot: number, compacts = true): void {
    if (!this.isTaken(slot)) return;
    this.texts.release(this.ids[slot]!, compacts);
    this.ids[slot] = -2 - this.#free;
    this.#free = slot;
    this.size--;
    this.removals++;
  }

  /** Lets go of all, pausing now and then. */
  *clear(): Generator<undefined> {
    for (let slot = 0; slot < this.slotCount; slot++) {
      this.remove(slot, false);
      if (slot % clearedAtOnce === clearedAtOnce - 1) yield;
    }
    this.texts.table.compact();
    this.trim();
  }

  /** Room for so many more. */
  reserve(more: number): void {
    const slots = this.slotCount + more;
    if (slots > this.ids.length) this.#resize(slots);
  }

  /** Gives back the room that is left over, but for a twentieth; the texts' too. */
  trim(): void {
    this.#dropFreeTail();
    const slots = Math.ceil(this.slotCount * 1.05);
    if (slots < this.ids.length) this.#resize(slots);
    this.texts.trim(this.size);
  }

  /** Free slots behind the last used one need no place. */
  #dropFreeTail(): void {
    const { ids } = this;
    let count = this.slotCount;
    while (count > 0 && ids[count - 1]! < 0) count--;
    if (count === this.slotCount) return;
    this.slotCount = count;
    this.#free = -1;
    for (let slot = count - 1; slot >= 0; slot--) {
      if (ids[slot]! >= 0) continue;
      ids[slot] = -2 - this.#free;
      this.#free = slot;
    }
  }

  #takeSlot(): number {
    const slot = this.#free;
    if (slot >= 0) {
      this.#free = -2 - this.ids[slot]!;
      return slot;
    }
    if (this.slotCount === this.ids.length) {
      this.#resize(Math.max(fewestSlots, grownLength(this.slotCount)));
    }
    return this.slotCount++;
  }

  #resize(length: number): void {
    const ids = new Int32Array(length);
    ids.set(this.ids.subarray(0, this.slotCount));
    this.ids = ids;
  }
}
