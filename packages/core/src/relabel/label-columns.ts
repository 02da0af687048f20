import { CompactLabels, type LabelNames } from '../model/compact-labels.js';
import { compareUtf8, type Labels } from '../model/labels.js';
import { TextTable } from '../model/text-table.js';
import { NumberedTexts } from './numbered-texts.js';

/**
 * Label sets at a time. What runs once a batch should not run so often that V8 compiles it: that takes from the core which
 * the host waits for. A column of so many takes 2 KiB.
 */
export const mostRows = 256;
/** Names and texts one batch after another may have before they are forgotten: rules may make them of addresses. */
const mostNames = 1_000;
const mostTexts = 16_384;

/** One name, and the value of each label set as a number: {@link NumberedTexts}. 0: no such label. */
export class LabelColumn {
  readonly name: string;
  readonly numbers = new Int32Array(mostRows);
  /** When rules set it in a row: later ones are greater. 0: never. */
  readonly setAt = new Int32Array(mostRows);

  constructor(name: string) {
    this.name = name;
  }

  clear(): void {
    this.numbers.fill(0);
    this.setAt.fill(0);
  }

  set(row: number, number: number, at: number): void {
    const { numbers, setAt } = this;
    // A deleted label that comes back stands last; one that only changes keeps its place.
    if (setAt[row] === 0 || (numbers[row] === 0 && number !== 0)) setAt[row] = at;
    numbers[row] = number;
  }
}

/**
 * A batch of label sets in columns, changed by one rule after another: a rule looks at one number of each set in a short loop, and
 * most of what it has to say of it was said before. A name keeps its column from batch to batch.
 */
export class LabelColumns {
  texts = new NumberedTexts();
  /** The rows that no rule has dropped: the first {@link count}, in their order. */
  readonly rows = new Uint16Array(mostRows);
  count = 0;
  /** Another list when names were forgotten; else it grows. */
  columns: LabelColumn[] = [];
  readonly #byName = new Map<string, LabelColumn>();
  #sorted: readonly LabelColumn[] | undefined = [];
  readonly #columnsOf = new Map<LabelNames, readonly LabelColumn[]>();
  /** For the numbers of a table those that its texts have here; 0: none yet. */
  readonly #ofTable = new Map<TextTable, Int32Array>();
  #size = 0;
  #time = 0;

  /** An empty batch. */
  begin(): void {
    this.#size = 0;
    this.count = 0;
    this.#time = 0;
    if (this.columns.length > mostNames) this.#forgetNames();
    else for (const column of this.columns) column.clear();
    if (this.texts.length > mostTexts) this.#forgetTexts();
    else this.texts.forgetPassing();
  }

  get isFull(): boolean {
    return this.#size === mostRows;
  }

  /** Another label set, without a label. Its row is the number of those before. */
  addRow(): number {
    const row = this.#size++;
    this.rows[this.count++] = row;
    return row;
  }

  /** Puts labels beneath those of the row. */
  addBeneath(row: number, labels: Labels): void {
    if (labels instanceof CompactLabels) {
      this.#addCompact(row, labels);
      return;
    }
    labels.forEach((value, name) => {
      const { numbers } = this.column(name);
      if (numbers[row] === 0) numbers[row] = this.texts.numberOf(value);
    });
  }

  /** The same for all rows there are. */
  addBeneathAll(labels: Labels): void {
    labels.forEach((value, name) => {
      const { numbers } = this.column(name);
      const number = this.texts.numberOf(value);
      for (let row = 0; row < this.#size; row++) if (numbers[row] === 0) numbers[row] = number;
    });
  }

  /** There is one from now on. */
  column(name: string): LabelColumn {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const column = new LabelColumn(name);
    this.columns.push(column);
    this.#byName.set(name, column);
    this.#sorted = undefined;
    return column;
  }

  find(name: string): LabelColumn | undefined {
    return this.#byName.get(name);
  }

  /** The empty text where there is no such label. */
  textAt(row: number, name: string): string {
    const column = this.#byName.get(name);
    return column === undefined ? '' : this.texts.textOf(column.numbers[row]!);
  }

  /** In the order of the bytes of their names. */
  get sorted(): readonly LabelColumn[] {
    this.#sorted ??= this.columns.toSorted((a, b) => compareUtf8(a.name, b.name));
    return this.#sorted;
  }

  /** For {@link LabelColumn.set}: later than all before. */
  nextTime(): number {
    return ++this.#time;
  }

  /** Gives the memory back: the next batch knows no names and no texts. */
  end(): void {
    this.#forgetNames();
    this.#forgetTexts();
    this.begin();
  }

  labelsOf(row: number): Map<string, string> {
    const labels = new Map<string, string>();
    for (const { name, numbers } of this.columns) {
      if (numbers[row] !== 0) labels.set(name, this.texts.textOf(numbers[row]!));
    }
    return labels;
  }

  #addCompact(row: number, labels: CompactLabels): void {
    const { names, source, start } = labels;
    const columns = this.#columnsOf.get(names) ?? this.#learn(names);
    const table = source instanceof TextTable ? source : undefined;
    const known = table && this.#numbersOf(table);
    for (let i = 0; i < columns.length; i++) {
      const { numbers } = columns[i]!;
      if (numbers[row] !== 0) continue;
      if (table === undefined) numbers[row] = this.texts.addPassing(labels.at(i));
      else {
        const ofTable = table.numberAt(start + i);
        numbers[row] = known![ofTable] || this.#take(table, ofTable, known!);
      }
    }
  }

  #take(table: TextTable, ofTable: number, known: Int32Array): number {
    const number = this.texts.add(table.textOf(ofTable));
    known[ofTable] = number;
    return number;
  }

  #numbersOf(table: TextTable): Int32Array {
    const known = this.#ofTable.get(table);
    if (known !== undefined && known.length >= table.textCount) return known;
    const numbers = new Int32Array(Math.max(table.textCount, 2 * (known?.length ?? 0)));
    if (known !== undefined) numbers.set(known);
    this.#ofTable.set(table, numbers);
    return numbers;
  }

  #learn(names: LabelNames): readonly LabelColumn[] {
    const columns = names.list.map((name) => this.column(name));
    if (this.#columnsOf.size > mostNames) this.#columnsOf.clear();
    this.#columnsOf.set(names, columns);
    return columns;
  }

  #forgetNames(): void {
    this.columns = [];
    this.#sorted = [];
    this.#byName.clear();
    this.#columnsOf.clear();
  }

  #forgetTexts(): void {
    this.texts = new NumberedTexts();
    this.#ofTable.clear();
  }
}
