const firstLength = 32;

/** Whole numbers below 2^32 outside of the JS heap: however many there are, no garbage collector copies them. */
export class NumberList {
  #numbers = new Uint32Array(firstLength);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @param place from 0, below {@link length} */
  at(place: number): number {
    return this.#numbers[place]!;
  }

  /** @param place at most {@link length}: behind the last one it is appended */
  set(place: number, number: number): void {
    if (place === this.#length) this.push(number);
    else this.#numbers[place] = number;
  }

  push(number: number): void {
    this.#makeRoom(1);
    this.#numbers[this.#length++] = number;
  }

  toArray(): Uint32Array<ArrayBuffer> {
    return this.#numbers.slice(0, this.#length);
  }

  /** Appends those of another list from one place up to another, each greater by `added`. */
  append(other: NumberList, from: number, to: number, added: number): void {
    this.#makeRoom(to - from);
    this.#numbers.set(other.#numbers.subarray(from, to), this.#length);
    const end = this.#length + to - from;
    if (added !== 0) for (let i = this.#length; i < end; i++) this.#numbers[i]! += added;
    this.#length = end;
  }

  #makeRoom(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#numbers.length) return;
    const longer = new Uint32Array(Math.max(needed, this.#numbers.length * 2));
    longer.set(this.#numbers);
    this.#numbers = longer;
  }
}
