import type { LabelColumns } from './label-columns.js';
import { mostRows } from './label-columns.js';
import type { NumberedTexts } from './numbered-texts.js';
import type { RelabelRule } from './rule.js';

/** {@link ValueNumbers}: there is nothing to do. */
export const nothing = -(2 ** 31);

/**
 * What a rule answers to values, by their numbers: the number of a text, and 1 where it is not negative; {@link nothing};
 * 0 where it was not asked yet.
 */
export class ValueNumbers {
  readonly #answer: (value: string) => string | undefined;
  readonly #hasFew: boolean;
  #texts: NumberedTexts | undefined;
  #known: Int32Array = new Int32Array(0);

  /** @param hasFew whether answers come again where values do not */
  constructor(answer: (value: string) => string | undefined, hasFew: boolean) {
    this.#answer = answer;
    this.#hasFew = hasFew;
  }

  /** By number; what is not there is to be asked. */
  known(texts: NumberedTexts): Int32Array {
    this.#texts = texts;
    this.#known = texts.answersOf(this);
    return this.#known;
  }

  /** Of the texts that {@link known} was called with. */
  ask(number: number): number {
    const texts = this.#texts!;
    const text = this.#answer(texts.textOf(number));
    if (number < 0) {
      if (text === undefined) return nothing;
      if (text === '') return 1;
      return this.#hasFew ? texts.numberOf(text) + 1 : texts.addPassing(text);
    }
    const answer = text === undefined ? nothing : texts.numberOf(text) + 1;
    this.#known[number] = answer;
    return answer;
  }
}

/** The numbers of what a rule looks at: of its source labels, joined where there are several. */
export class SourceNumbers {
  readonly #names: readonly string[];
  readonly #separator: string;
  readonly #joined: Int32Array;

  constructor({ sourceLabels, separator }: Pick<RelabelRule, 'sourceLabels' | 'separator'>) {
    this.#names = sourceLabels;
    this.#separator = separator;
    this.#joined = sourceLabels.length > 1 ? new Int32Array(mostRows) : none;
  }

  /** By row; until the next rule runs. A missing label is the empty text. */
  of(labels: LabelColumns): Int32Array {
    const [first] = this.#names;
    if (first === undefined) return none;
    if (this.#names.length === 1) return labels.find(first)?.numbers ?? none;
    const columns = this.#names.map((name) => labels.find(name)?.numbers ?? none);
    const { rows, count } = labels;
    for (let i = 0; i < count; i++) this.#joined[rows[i]!] = this.#join(labels, columns, rows[i]!);
    return this.#joined;
  }

  #join({ texts }: LabelColumns, columns: readonly Int32Array[], row: number): number {
    let text = '';
    let isPassing = false;
    for (let i = 0; i < columns.length; i++) {
      const number = columns[i]![row]!;
      isPassing ||= number < 0;
      text += i === 0 ? texts.textOf(number) : this.#separator + texts.textOf(number);
    }
    return isPassing ? texts.addPassing(text) : texts.numberOf(text);
  }
}

const none = new Int32Array(mostRows);
