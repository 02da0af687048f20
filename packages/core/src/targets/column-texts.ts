import { toPack } from '../model/packed-labels.js';
import type { LabelColumn } from '../relabel/label-columns.js';
import type { NumberedTexts } from '../relabel/numbered-texts.js';
import { checkName, checkValue } from './check-labels.js';
import { isHiddenLabel, isIdentifyingLabel } from './hidden-labels.js';

/** What a value may not hold, or is packed otherwise: one look in place of three, at each value. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: packed labels have a meaning for them
const unusual = /[\0\x01\ud800-\udfff]/;
const invalid = -1;
/** Values of one name that are remembered: those with the first numbers. */
const mostKnown = 4_096;
const firstKnown = 64;
/** Where the texts of a value that hardly comes again stand. */
const passing = 1;

/** The labels of one name as texts, those of a value that comes again made once. */
export class ColumnTexts {
  readonly numbers: Int32Array;
  readonly isShown: boolean;
  readonly isIdentifying: boolean;
  /** By what {@link take} gives: \0, name, \0, value, each packed. */
  readonly packed: string[] = ['', ''];
  /** The same: name, \0, value, \0. */
  readonly plain: string[] = ['', ''];
  /** By the number of a value; 0 where it is to be taken. */
  known = new Uint16Array(firstKnown);
  readonly #name: string;
  readonly #packedName: string;
  readonly #problem: string | undefined;
  readonly #texts: NumberedTexts;

  constructor({ name, numbers }: LabelColumn, texts: NumberedTexts) {
    this.#texts = texts;
    this.numbers = numbers;
    this.#name = name;
    this.#packedName = toPack(name);
    this.isShown = !isHiddenLabel(name);
    this.isIdentifying = isIdentifyingLabel(name);
    this.#problem = checkName(name);
  }

  /** Where its texts stand; negative when it is no good: {@link problemOf}. */
  take(number: number): number {
    const value = this.#texts.textOf(number);
    const isUnusual = unusual.test(value);
    if (this.#problem !== undefined || (isUnusual && checkValue(this.#name, value) !== undefined)) {
      return invalid;
    }
    const at = number < 0 || number >= mostKnown ? passing : this.packed.length;
    this.packed[at] = `\0${this.#packedName}\0${isUnusual ? toPack(value) : value}`;
    this.plain[at] = `${this.#name}\0${value}\0`;
    if (at !== passing) this.#remember(number, at);
    return at;
  }

  #remember(number: number, at: number): void {
    if (number >= this.known.length) {
      let length = this.known.length;
      while (length <= number) length *= 2;
      const known = new Uint16Array(length);
      known.set(this.known);
      this.known = known;
    }
    this.known[number] = at;
  }

  problemOf(number: number): string | undefined {
    return this.#problem ?? checkValue(this.#name, this.#texts.textOf(number));
  }
}
