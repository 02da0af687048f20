import { NumberList } from './number-list.js';

/**
 * A list of texts in which those that are equal may be in memory once. What grows with the list is outside
 * of the JS heap: the garbage collector copies none of it.
 */
export class TextTable {
  /** For each place of the list the number of its text. */
  readonly #numbers = new NumberList();
  readonly #texts: string[] = [];

  get length(): number {
    return this.#numbers.length;
  }

  at(place: number): string {
    return this.#texts[this.#numbers.at(place)]!;
  }

  /** How many texts there are, each counted once. */
  get textCount(): number {
    return this.#texts.length;
  }

  /** The number of the text at a place: below {@link textCount}. */
  numberAt(place: number): number {
    return this.#numbers.at(place);
  }

  textOf(number: number): string {
    return this.#texts[number]!;
  }

  /** Appends a text, and gives it a number for {@link addAgain}. */
  add(text: string): number {
    const number = this.#texts.push(text) - 1;
    this.addAgain(number);
    return number;
  }

  addAgain(number: number): void {
    this.#numbers.push(number);
  }
}
