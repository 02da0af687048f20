import { SeriesKeys } from '../exposition/series-keys.js';
import type { LabelGrowth } from './target-labels.js';

/**
 * Labels that the series of many targets have in common, as bytes: targets of one kind expose the same
 * series, and without the labels of the target itself these are equal. Kept as long as some series
 * holds them. One per thread.
 */
export class SharedLabels {
  readonly #keys = new SeriesKeys();
  #holders = new Uint32Array(64);

  get memoryBytes(): number {
    return this.#keys.memoryBytes + this.#holders.byteLength;
  }

  /** How many different ones there are. */
  get size(): number {
    return this.#keys.size;
  }

  get textBytes(): number {
    return this.#keys.textBytes;
  }

  /** Room for so many more, as if they were like those that came. */
  reserve(more: number, { count, shared, sharedBytes }: LabelGrowth): void {
    const times = (more / Math.max(1, count)) * 1.05;
    this.#keys.reserve(Math.ceil(shared * times), Math.ceil(sharedBytes * times));
    this.#growHolders(this.#keys.size + Math.ceil(shared * times));
  }

  /** Negative when nobody holds such labels. `view` shows the bytes. */
  find(bytes: Uint8Array, length: number, view: DataView): number {
    return this.#keys.find(bytes, 0, length, 0, view);
  }

  hold(bytes: Uint8Array, length: number, view: DataView): number {
    const id = this.#keys.add(bytes, 0, length, 0, view);
    if (id >= this.#holders.length) this.#growHolders(Math.ceil((id + 1) * 1.25));
    this.#holders[id]!++;
    return id;
  }

  release(id: number): void {
    this.#holders[id]!--;
    if (this.#holders[id] === 0) this.#keys.remove(id);
  }

  /** Gives back the room that many labels left. */
  trim(): void {
    this.#keys.trim();
    this.#holders = this.#holders.slice(0, Math.max(64, Math.ceil(this.#keys.slotCount * 1.05)));
  }

  /** A view, valid until the next `hold` or `release`. */
  bytesOf(id: number): Uint8Array {
    return this.#keys.key(id);
  }

  #growHolders(length: number): void {
    if (length <= this.#holders.length) return;
    const grown = new Uint32Array(length);
    grown.set(this.#holders);
    this.#holders = grown;
  }
}
