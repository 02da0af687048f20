import type { LabelColumn, LabelColumns } from '../relabel/label-columns.js';
import type { NumberedTexts } from '../relabel/numbered-texts.js';
import { ColumnTexts } from './column-texts.js';
import { isMetaLabel, isParamLabel, type ReadLabels } from './hidden-labels.js';

/** What relabelling made of a batch, row by row: as labels to look at, and as the texts that are kept. */
export class RelabelledRows implements ReadLabels {
  readonly #labels: LabelColumns;
  #texts: NumberedTexts | undefined;
  /** By name: of which columns, and how many of them there were. */
  #of: LabelColumns['columns'] = [];
  #count = 0;
  #columns: readonly ColumnTexts[] = [];
  readonly #textsOf = new Map<LabelColumn, ColumnTexts>();
  #row = 0;
  /** Whether there is a name among them that sets a parameter of the URL. */
  hasParams = false;
  /** Of the row that was read last: its packed labels, those that samples carry. */
  shown = '';
  /** What of its labels its id is made of: each name and value, and \0 behind each. */
  identity = '';

  constructor(labels: LabelColumns) {
    this.#labels = labels;
  }

  /** Rules have changed the batch. */
  begin(): void {
    const { columns, texts, sorted } = this.#labels;
    if (this.#texts !== texts || this.#of !== columns) this.#textsOf.clear();
    else if (this.#count === columns.length) return;
    this.#of = columns;
    this.#count = columns.length;
    this.#texts = texts;
    this.#columns = sorted
      .filter(({ name }) => !isMetaLabel(name))
      .map((column) => this.#columnOf(column, texts));
    this.hasParams = columns.some(({ name }) => isParamLabel(name));
  }

  /** Gives the memory of texts back. */
  end(): void {
    this.#of = [];
    this.#columns = [];
    this.#textsOf.clear();
    this.#texts = undefined;
    this.shown = '';
    this.identity = '';
  }

  at(row: number): void {
    this.#row = row;
  }

  get(name: string): string {
    return this.#labels.textAt(this.#row, name);
  }

  keys(): Iterable<string> {
    return this.#labels.labelsOf(this.#row).keys();
  }

  /** What is wrong with a label of the row; undefined where all are good. */
  read(): string | undefined {
    const row = this.#row;
    const columns = this.#columns;
    let shown = '';
    let identity = '';
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      const number = column.numbers[row]!;
      if (number === 0) continue;
      const { known } = column;
      const isKnown = number > 0 && number < known.length;
      const at = (isKnown ? known[number]! : 0) || column.take(number);
      if (at < 0) return column.problemOf(number);
      if (column.isIdentifying) identity += column.plain[at];
      if (column.isShown) shown += column.packed[at];
    }
    this.identity = identity;
    this.shown = shown.slice(1);
    return undefined;
  }

  #columnOf(column: LabelColumn, texts: NumberedTexts): ColumnTexts {
    let made = this.#textsOf.get(column);
    if (made === undefined) {
      made = new ColumnTexts(column, texts);
      this.#textsOf.set(column, made);
    }
    return made;
  }
}
