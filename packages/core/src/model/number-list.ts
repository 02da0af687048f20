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

  push(number: number): void {
    if (this.#length === this.#numbers.length) {
      const longer = new Uint32Array(this.#length * 2);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[this.#length++] = number;
  }
}
