/** Slots for each text: most are found in the first that is looked at. */
const slotsPerText = 4;

/** Numbers of texts, found by the texts' bytes: open addressing, and nothing is ever removed. */
export class TextsByBytes {
  size = 0;
  /** Place in the columns, and 1; 0: none. */
  readonly #slots: Uint16Array;
  readonly #hashes: Uint32Array;
  readonly #numbers: Uint32Array;
  /** Where the bytes of each text begin in what it was read from. */
  readonly #starts: Uint32Array;
  readonly #lengths: Uint32Array;

  /** @param most a power of two, at most 2^15 */
  constructor(most: number) {
    this.#slots = new Uint16Array(most * slotsPerText);
    this.#hashes = new Uint32Array(most);
    this.#numbers = new Uint32Array(most);
    this.#starts = new Uint32Array(most);
    this.#lengths = new Uint32Array(most);
  }

  /** Negative when it is none of them. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const slots = this.#slots;
    for (let slot = hash & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
      const place = slots[slot]! - 1;
      if (place < 0) return -1;
      if (this.#hashes[place] === hash && this.#isAt(place, bytes, start, end)) {
        return this.#numbers[place]!;
      }
    }
  }

  /** One that was not found, of the same bytes. */
  add(start: number, end: number, hash: number, number: number): void {
    const slots = this.#slots;
    let slot = hash & (slots.length - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
    const place = this.size++;
    slots[slot] = this.size;
    this.#hashes[place] = hash;
    this.#numbers[place] = number;
    this.#starts[place] = start;
    this.#lengths[place] = end - start;
  }

  #isAt(place: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#lengths[place] !== end - start) return false;
    const moved = this.#starts[place]! - start;
    for (let at = start; at < end; at++) if (bytes[at + moved] !== bytes[at]) return false;
    return true;
  }
}
