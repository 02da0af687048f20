import type { LabelColumns } from '../relabel/label-columns.js';
import { ColumnTexts } from './column-texts.js';
import { isMetaLabel, isParamLabel, type ReadLabels } from './hidden-labels.js';

/** What relabelling made of a batch, row by row: as labels to look at, and as the texts that are kept. */
export class RelabelledRows implements ReadLabels {
  readonly #labels: LabelColumns;
  #texts: LabelColumns['texts'] | undefined;
  /** By name: of which columns, and how many of them there were. */
  #of: LabelColumns['columns'] = [];
  #count = 0;
  #columns: readonly ColumnTexts[] = [];
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
    const isKnown = this.#of === columns && this.#count === columns.length;
    if (!isKnown || this.#texts !== texts) {
      this.#of = columns;
      this.#count = columns.length;
      this.#texts = texts;
      this.#columns = sorted
        .filter(({ name }) => !isMetaLabel(name))
        .map((column) => new ColumnTexts(column));
      this.hasParams = columns.some(({ name }) => isParamLabel(name));
    }
    for (const column of this.#columns) column.begin(texts);
  }

  /** Gives the memory of texts back. */
  end(): void {
    this.#of = [];
    this.#columns = [];
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
      const at = (number < 0 ? 0 : column.known[number]!) || column.take(number);
      if (at < 0) return column.problemOf(number);
      if (column.isIdentifying) identity += column.plain[at];
      if (column.isShown) shown += column.packed[at];
    }
    this.identity = identity;
    this.shown = shown.slice(1);
    return undefined;
  }
}
