const leastAnswers = 256;

/**
 * The values of labels by number, while thousands of label sets are looked at: of what has a number an array knows what a
 * rule makes of it. The same number is the same text; a text may have several numbers. 0 is the empty text. What
 * hardly comes again, such as an address, has a negative number until {@link forgetPassing}.
 */
export class NumberedTexts {
  readonly #texts: string[] = [''];
  readonly #numbers = new Map<string, number>([['', 0]]);
  readonly #passing: string[] = [''];
  readonly #answers = new Map<object, Int32Array>();

  /** Numbers that are not negative are below this. */
  get length(): number {
    return this.#texts.length;
  }

  /** A number of its own, for one that is known not to be here. */
  add(text: string): number {
    return this.#texts.push(text) - 1;
  }

  /** The number it has, or a new one. */
  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.add(text);
    this.#numbers.set(text, number);
    return number;
  }

  addPassing(text: string): number {
    return text === '' ? 0 : 1 - this.#passing.push(text);
  }

  textOf(number: number): string {
    return number < 0 ? this.#passing[-number]! : this.#texts[number]!;
  }

  /**
   * What somebody has to say of the texts so far, by their numbers: 0 where he was not asked yet. The same array until there are more
   * texts than it has room for.
   */
  answersOf(who: object): Int32Array {
    const known = this.#answers.get(who);
    if (known !== undefined && known.length >= this.length) return known;
    const answers = new Int32Array(Math.max(leastAnswers, 2 * this.length));
    if (known !== undefined) answers.set(known);
    this.#answers.set(who, answers);
    return answers;
  }

  forgetPassing(): void {
    this.#passing.length = 1;
  }
}
