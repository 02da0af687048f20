import type { LabelColumn, LabelColumns } from './label-columns.js';
import { isValidLabelName, type NameValidation } from './label-name.js';
import { compileRegex } from './regex.js';
import type { RelabelRule } from './rule.js';
import { compileTemplate } from './template.js';
import { compileValueAnswer, doesNothing } from './value-answers.js';
import { nothing, SourceNumbers, ValueNumbers } from './value-numbers.js';

/** A rule ready to run on a batch: changes its labels, and drops rows. */
export type ColumnRule = (labels: LabelColumns) => void;

/**
 * Compiles rules one by one, yielding after each: to load the engine of patterns alone takes 10 ms. Throws when the regex of
 * one is none. On each label set they do the same as a Relabeller.
 */
export function* compileColumnRules(
  rules: readonly RelabelRule[],
  nameValidation: NameValidation = 'utf8',
): Generator<undefined, ColumnRule[]> {
  const compiled: ColumnRule[] = [];
  for (const rule of rules) {
    compiled.push(compileColumnRule(rule, nameValidation));
    yield;
  }
  return compiled;
}

/** What each action does is Prometheus' relabel() (model/relabel/relabel.go), as in actions.ts. */
function compileColumnRule(rule: RelabelRule, nameValidation: NameValidation): ColumnRule {
  switch (rule.action) {
    case 'keep':
    case 'drop':
      return compileKeep(rule, rule.action === 'keep');
    case 'keepequal':
    case 'dropequal':
      return compileKeepEqual(rule, rule.action === 'keepequal');
    case 'labelmap':
      return compileLabelMap(rule);
    case 'labeldrop':
    case 'labelkeep':
      return compileLabelKeep(rule, rule.action === 'labelkeep');
    default:
      return compileSet(rule, nameValidation);
  }
}

function compileSet(rule: RelabelRule, nameValidation: NameValidation): ColumnRule {
  const answer = compileValueAnswer(rule, nameValidation);
  if (answer === undefined) return compileNamedByValue(rule, nameValidation);
  if (answer === doesNothing) return () => {};
  const source = new SourceNumbers(rule);
  const values = new ValueNumbers(answer.of, answer.hasFew);
  return (labels) => {
    setAnswers(labels, source.of(labels), values, labels.column(rule.targetLabel));
  };
}

// As few and as short as they are, the loops over rows below are what V8 compiles while the host waits for its core.

function setAnswers(
  labels: LabelColumns,
  from: Int32Array,
  values: ValueNumbers,
  target: LabelColumn,
): void {
  const { rows, count, texts } = labels;
  const known = values.known(texts);
  const time = labels.nextTime();
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const number = from[row]!;
    const answer = (number < 0 ? 0 : known[number]!) || values.ask(texts, known, number);
    if (answer === nothing) continue;
    target.set(row, answer > 0 ? answer - 1 : answer, time);
  }
}

function keepAnswered(
  labels: LabelColumns,
  from: Int32Array,
  values: ValueNumbers,
  keepThem: boolean,
): void {
  const { rows, count, texts } = labels;
  const known = values.known(texts);
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const number = from[row]!;
    const answer = (number < 0 ? 0 : known[number]!) || values.ask(texts, known, number);
    if ((answer !== nothing) === keepThem) rows[kept++] = row;
  }
  labels.count = kept;
}

function compileKeep(rule: RelabelRule, keepMatching: boolean): ColumnRule {
  const source = new SourceNumbers(rule);
  const regex = compileRegex(rule.regex);
  const values = new ValueNumbers((value) => (regex.matches(value) ? '' : undefined), true);
  return (labels) => keepAnswered(labels, source.of(labels), values, keepMatching);
}

function compileKeepEqual(rule: RelabelRule, keepEqual: boolean): ColumnRule {
  const source = new SourceNumbers(rule);
  const target = new SourceNumbers({ sourceLabels: [rule.targetLabel], separator: '' });
  return (labels) => {
    const { rows, count, texts } = labels;
    const a = source.of(labels);
    const b = target.of(labels);
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const isEqual = a[row] === b[row] || texts.textOf(a[row]!) === texts.textOf(b[row]!);
      if (isEqual === keepEqual) rows[kept++] = row;
    }
    labels.count = kept;
  };
}

/** A replacement whose label depends on what matched. */
function compileNamedByValue(rule: RelabelRule, nameValidation: NameValidation): ColumnRule {
  const source = new SourceNumbers(rule);
  const regex = compileRegex(rule.regex);
  const target = compileTemplate(rule.targetLabel, regex);
  const replacement = compileTemplate(rule.replacement, regex);
  return (labels) => {
    const { rows, count, texts } = labels;
    const from = source.of(labels);
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const groups = regex.groups(texts.textOf(from[row]!));
      if (groups === undefined) continue;
      const name = target.expand(groups);
      if (!isValidLabelName(name, nameValidation)) continue;
      const value = texts.numberOf(replacement.expand(groups));
      labels.column(name).set(row, value, labels.nextTime());
    }
  };
}

function compileLabelMap(rule: RelabelRule): ColumnRule {
  const regex = compileRegex(rule.regex);
  const replacement = compileTemplate(rule.replacement, regex);
  const matching = new MatchingColumns((name) => regex.matches(name));
  const newNames = new Map<LabelColumn, string>();
  const from: LabelColumn[] = [];
  const values: number[] = [];
  return (labels) => {
    const columns = matching.of(labels, () => newNames.clear());
    const { rows, count } = labels;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const there = inWalkedOrder(columns, row, from);
      // All are read before one is set: a new name may be another's old one.
      for (let k = 0; k < there; k++) values[k] = from[k]!.numbers[row]!;
      for (let k = 0; k < there; k++) {
        const column = from[k]!;
        let name = newNames.get(column);
        if (name === undefined) {
          name = replacement.expand(regex.groups(column.name) ?? []);
          newNames.set(column, name);
        }
        labels.column(name).set(row, values[k]!, labels.nextTime());
      }
    }
  };
}

function compileLabelKeep(rule: RelabelRule, keepMatching: boolean): ColumnRule {
  const regex = compileRegex(rule.regex);
  const going = new MatchingColumns((name) => regex.matches(name) !== keepMatching);
  return (labels) => {
    const { rows, count } = labels;
    for (const column of going.of(labels)) {
      const time = labels.nextTime();
      for (let i = 0; i < count; i++) {
        const row = rows[i]!;
        if (column.numbers[row] !== 0) column.set(row, 0, time);
      }
    }
  };
}

/** The columns whose names a rule means, in the order of the bytes of the names. */
class MatchingColumns {
  readonly #matches: (name: string) => boolean;
  /** Of these columns it was asked, the first so many. */
  #asked: readonly LabelColumn[] = [];
  #askedCount = 0;
  #matching: readonly LabelColumn[] = [];

  constructor(matches: (name: string) => boolean) {
    this.#matches = matches;
  }

  /** @param onOthers called when columns of before are none any more */
  of(labels: LabelColumns, onOthers?: () => void): readonly LabelColumn[] {
    const { columns } = labels;
    if (columns === this.#asked && columns.length === this.#askedCount) return this.#matching;
    if (columns !== this.#asked) onOthers?.();
    this.#asked = columns;
    this.#askedCount = columns.length;
    this.#matching = labels.sorted.filter(({ name }) => this.#matches(name));
    return this.#matching;
  }
}

/**
 * Those of the columns that have a value in the row, in the order Prometheus walks them, which decides what `labelmap`
 * reads last and so which wins (model/labels, Builder): those of untouched labels by name, then those of set labels in the
 * order they were first set. Returns how many there are.
 */
function inWalkedOrder(columns: readonly LabelColumn[], row: number, into: LabelColumn[]): number {
  let there = 0;
  for (const column of columns) {
    if (column.numbers[row] !== 0 && column.setAt[row] === 0) into[there++] = column;
  }
  const untouched = there;
  for (const column of columns) {
    const setAt = column.setAt[row]!;
    if (column.numbers[row] === 0 || setAt === 0) continue;
    let at = there++;
    for (; at > untouched && into[at - 1]!.setAt[row]! > setAt; at--) into[at] = into[at - 1]!;
    into[at] = column;
  }
  return there;
}
