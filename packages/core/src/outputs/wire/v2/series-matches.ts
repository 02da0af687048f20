import { farthestCopy } from '../snappy.js';
import type { SeriesEncoder } from './series-encoder.js';

const hashBits = 14;
const hashShift = 32 - hashBits;
// Places of former parts stay in the table and are told apart by growing bases.
const lastBase = 0x4000_0000;

/** Beginnings and ends of so many bytes are looked up: every other length. */
const shortestBegin = 6;
/** Longer than what stands before a value in every series: the sample's head with its timestamp. */
const shortestEnd = 12;
const longest = 24;

export const mostMatches = 5;

/**
 * Finds in a part the earlier series that are like a new one: by the longest beginning and the longest end
 * of what stands between two values. By hash of each length, the longest first, so that it costs little more
 * than a few passes over the bytes.
 */
export class SeriesMatches {
  /** How far back copies may be taken from, each once. */
  readonly distances = new Int32Array(mostMatches);
  count = 0;
  /** By slot, the series that was there last. */
  readonly #last = new Int32Array(1 << hashBits);
  readonly #slots = new Int32Array(longest + 1);
  #base = 1;
  #part!: SeriesEncoder;
  #known: Uint8Array = new Uint8Array(0);

  get memoryBytes(): number {
    return this.#last.byteLength + this.#slots.byteLength;
  }

  /** @param known what is known of each value: series of which the same is known are looked for first */
  start(part: SeriesEncoder, known: Uint8Array): void {
    this.#base += this.#known.length + 1;
    if (this.#base > lastBase) {
      this.#base = 1;
      this.#last.fill(0);
    }
    this.#part = part;
    this.#known = known;
  }

  /** For the bytes between value `i - 1` and value `i`, of which each is asked for once, in their order. */
  find(i: number): void {
    const { valuePlaces, samples, length } = this.#part;
    this.count = 0;
    const from = i === 0 ? 0 : valuePlaces[i - 1]! + 8;
    const to = i < samples ? valuePlaces[i]! : length;
    if (i > 0) {
      this.#findBegin(i, from, to);
      if (i > 1) this.#add(from - valuePlaces[i - 2]! - 8);
    }
    if (i === samples) return;
    this.#findEnd(i, from, to);
    if (i > 0) this.#add(to - valuePlaces[i - 1]!);
  }

  #findBegin(i: number, from: number, to: number): void {
    const { bytes, valuePlaces } = this.#part;
    const depths = Math.min(to - from, longest);
    let hash = 0x811c9dc5;
    for (let depth = 1; depth <= depths; depth++) {
      hash = Math.imul(hash ^ bytes[from + depth - 1]!, 0x01000193);
      this.#slots[depth] = slotOf(hash);
    }
    let isFound = false;
    for (let depth = depths & ~1; depth >= shortestBegin; depth -= 2) {
      const j = this.#take(this.#slots[depth]!, i);
      if (isFound || j <= 0 || j >= i) continue;
      const source = valuePlaces[j - 1]! + 8;
      isFound = equalFrom(bytes, source, from) >= depth;
      if (isFound) this.#add(from - source);
    }
  }

  #findEnd(i: number, from: number, valueAt: number): void {
    const { bytes, valuePlaces } = this.#part;
    const depths = Math.min(valueAt - from, longest);
    let hash = 0x1234567;
    for (let depth = shortestEnd - 1; depth <= depths; depth++) {
      hash = Math.imul(hash ^ bytes[valueAt - depth]!, 0x01000193);
      this.#slots[depth] = slotOf(hash);
    }
    const seed = slotOf(Math.imul(this.#known[i]! + 1, 0x27d4eb2f)) | 1;
    let isFound = false;
    let isFoundAlike = false;
    for (let depth = depths & ~1; depth >= shortestEnd; depth -= 2) {
      const alike = this.#take(this.#slots[depth]! ^ seed, i);
      const any = this.#take(this.#slots[depth]!, i);
      if (!isFoundAlike && alike >= 0 && alike < i) {
        isFoundAlike = equalBefore(bytes, valuePlaces[alike]!, valueAt) >= depth;
        if (isFoundAlike) this.#add(valueAt - valuePlaces[alike]!);
      }
      if (!isFound && any >= 0 && any < i) {
        isFound = equalBefore(bytes, valuePlaces[any]!, valueAt) >= depth;
        if (isFound) this.#add(valueAt - valuePlaces[any]!);
      }
    }
  }

  #add(distance: number): void {
    if (distance > farthestCopy) return;
    for (let i = 0; i < this.count; i++) if (this.distances[i] === distance) return;
    this.distances[this.count++] = distance;
  }

  /** Who was in the slot, negative: nobody of this part; series `i` is from now on. */
  #take(slot: number, i: number): number {
    const before = this.#last[slot]! - this.#base;
    this.#last[slot] = this.#base + i;
    return before;
  }
}

function slotOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> hashShift;
}

function equalFrom(bytes: Uint8Array, source: number, at: number): number {
  let equal = 0;
  while (equal < longest && bytes[source + equal] === bytes[at + equal]) equal++;
  return equal;
}

function equalBefore(bytes: Uint8Array, source: number, at: number): number {
  let equal = 0;
  while (equal < longest && bytes[source - 1 - equal] === bytes[at - 1 - equal]) equal++;
  return equal;
}
