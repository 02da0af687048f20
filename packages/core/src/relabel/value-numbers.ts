import { type LabelColumns, mostRows } from './label-columns.js';
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

  /** @param hasFew whether answers come again where values do not */
  constructor(answer: (value: string) => string | undefined, hasFew: boolean) {
    this.#answer = answer;
    this.#hasFew = hasFew;
  }

  /** By number; what is 0 there is to be asked. */
  known(texts: NumberedTexts): Int32Array {
    return texts.answersOf(this);
  }

  /** @param known what {@link known} gave of these texts */
  ask(texts: NumberedTexts, known: Int32Array, number: number): number {
    const text = this.#answer(texts.textOf(number));
    if (number < 0) {
      if (text === undefined) return nothing;
      if (text === '') return 1;
      return this.#hasFew ? texts.numberOf(text) + 1 : texts.addPassing(text);
    }
    const answer = text === undefined ? nothing : texts.numberOf(text) + 1;
    known[number] = answer;
    return answer;
  }
}

/** The numbers of what a rule looks at: of its source labels, joined where there are several. */
export class SourceNumbers {
  readonly #first: string | undefined;
  readonly #others: readonly string[];
  readonly #separator: string;

  constructor({ sourceLabels, separator }: Pick<RelabelRule, 'sourceLabels' | 'separator'>) {
    this.#first = sourceLabels[0];
    this.#others = sourceLabels.slice(1);
    this.#separator = separator;
  }

  /** By row; until the next rule runs. A missing label is the empty text. */
  of(labels: LabelColumns): Int32Array {
    if (this.#first === undefined) return none;
    const first = labels.find(this.#first)?.numbers ?? none;
    return this.#others.length === 0 ? first : this.#joined(labels, first);
  }

  #joined(labels: LabelColumns, first: Int32Array): Int32Array {
    const { rows, count, texts } = labels;
    const others = this.#others.map((name) => labels.find(name)?.numbers ?? none);
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      let text = texts.textOf(first[row]!);
      let isPassing = first[row]! < 0;
      for (let k = 0; k < others.length; k++) {
        const number = others[k]![row]!;
        isPassing ||= number < 0;
        text += this.#separator + texts.textOf(number);
      }
      joined[row] = isPassing ? texts.addPassing(text) : texts.numberOf(text);
    }
    return joined;
  }
}

const none = new Int32Array(mostRows);
/** One rule runs at a time, and looks at one joined value. */
const joined = new Int32Array(mostRows);
