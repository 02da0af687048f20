const firstLength = 32;

/**
 * A list of texts in which those that are equal may be in memory once. What grows with the list is outside
 * of the JS heap: the garbage collector copies none of it.
 */
export class TextTable {
  /** For each place of the list the number of its text. */
  #numbers = new Uint32Array(firstLength);
  #length = 0;
  readonly #texts: string[] = [];

  get length(): number {
    return this.#length;
  }

  at(place: number): string {
    return this.#texts[this.#numbers[place]!]!;
  }

  /** Appends a text, and gives it a number for {@link addAgain}. */
  add(text: string): number {
    const number = this.#texts.push(text) - 1;
    this.addAgain(number);
    return number;
  }

  addAgain(number: number): void {
    if (this.#length === this.#numbers.length) {
      const longer = new Uint32Array(this.#length * 2);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[this.#length++] = number;
  }
}
