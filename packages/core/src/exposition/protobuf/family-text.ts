import { byte } from '../bytes.js';
import { formatGoFloat } from '../go-float.js';
import type { KeyTable } from '../key-table.js';
import { isBareLabelName, isBareMetricName, SeriesText } from '../series-text.js';
import { type FamilyHeader, familyType } from './family-header.js';
import { isUnescaped, type LabelRanges } from './label-ranges.js';
import type { ProtoCursor } from './proto-cursor.js';
import { TextMatch } from './text-match.js';

export type CommentKeyword = 'HELP' | 'TYPE' | 'UNIT';

/** By `familyType`, in OpenMetrics' words. */
const typeWords = ['counter', 'gauge', 'summary', 'unknown', 'histogram', 'gaugehistogram'];
const commentStarts: Readonly<Record<CommentKeyword, string>> = {
  HELP: '# HELP ',
  TYPE: '# TYPE ',
  UNIT: '# UNIT ',
};
const mostBoundTexts = 10_000;
// Bounds are the same from scrape to scrape and from series to series.
const boundTexts = new Map<number, string>();

/**
 * What the series and the comments of a protobuf family would be in a text format: compares it piece by
 * piece with a text that is expected, and writes it where that is another one.
 */
export class FamilyText {
  /** What was written last. */
  readonly line = new SeriesText();
  readonly #cursor: ProtoCursor;
  readonly #family: FamilyHeader;
  readonly #labels: LabelRanges;
  readonly #match = new TextMatch();
  /** Whether the family's type and unit are labels too, and win over exposed ones. */
  readonly #typeAndUnit: boolean;
  #isBareName = true;

  constructor(
    cursor: ProtoCursor,
    family: FamilyHeader,
    labels: LabelRanges,
    typeAndUnit: boolean,
  ) {
    this.#cursor = cursor;
    this.#family = family;
    this.#labels = labels;
    this.#typeAndUnit = typeAndUnit;
  }

  beginFamily(): void {
    const { nameStart, nameEnd } = this.#family;
    this.#isBareName = isBareMetricName(this.#cursor.bytes, nameStart, nameEnd);
  }

  /** Whether the family says anything of the kind. */
  hasComment(keyword: CommentKeyword): boolean {
    const { helpStart, helpEnd, unitStart, unitEnd } = this.#family;
    if (keyword === 'HELP') return helpStart < helpEnd;
    return keyword === 'TYPE' || unitStart < unitEnd;
  }

  /** False where it is another one or would have to be written to tell. */
  matchesComment(keyword: CommentKeyword, texts: KeyTable, id: number): boolean {
    const { nameStart, nameEnd, helpStart, helpEnd, unitStart, unitEnd, type } = this.#family;
    const { bytes, view } = this.#cursor;
    const match = this.#match;
    match.begin(texts, id);
    if (!this.#isBareName || !match.ascii(commentStarts[keyword])) return false;
    if (!match.bytes(view, nameStart, nameEnd) || !match.byte(byte.space)) return false;
    if (keyword === 'TYPE') return match.ascii(typeWords[type] ?? ' ') && match.isAtEnd;
    const start = keyword === 'HELP' ? helpStart : unitStart;
    const end = keyword === 'HELP' ? helpEnd : unitEnd;
    return match.bytes(view, start, end) && match.isAtEnd && isUnescaped(bytes, start, end);
  }

  writeComment(keyword: CommentKeyword): void {
    const { helpStart, helpEnd, unitStart, unitEnd, type } = this.#family;
    const { line } = this;
    line.clear();
    line.addAscii(commentStarts[keyword]);
    this.#addName('');
    line.add(byte.space);
    if (keyword === 'TYPE') line.addAscii(typeWords[type]!);
    else if (keyword === 'HELP') line.addEscaped(this.#cursor.bytes, helpStart, helpEnd);
    else line.addEscaped(this.#cursor.bytes, unitStart, unitEnd);
  }

  /** As `writeSeries`; false where it is another one or would have to be written to tell. */
  matchesSeries(
    suffix: string,
    boundLabel: string,
    bound: number,
    texts: KeyTable,
    id: number,
  ): boolean {
    if (!this.#isBareName || !this.#labels.isPlain || this.#typeAndUnit) return false;
    const { nameStart, nameEnd } = this.#family;
    const match = this.#match;
    match.begin(texts, id);
    if (!match.bytes(this.#cursor.view, nameStart, nameEnd) || !match.ascii(suffix)) return false;
    const hasLabels = this.#labels.ranges.count > 0;
    if (!hasLabels && boundLabel === '') return match.isAtEnd;
    if (!match.byte(byte.braceOpen) || !this.#matchesLabels()) return false;
    if (boundLabel !== '') {
      if (hasLabels && !match.byte(byte.comma)) return false;
      if (!match.ascii(boundLabel) || !match.ascii('="')) return false;
      if (!match.ascii(boundText(bound)) || !match.byte(byte.quote)) return false;
    }
    return match.byte(byte.braceClose) && match.isAtEnd;
  }

  /** The family's name with a suffix, the metric's labels, and a bound unless its label is empty. */
  writeSeries(suffix: string, boundLabel: string, bound: number): void {
    const { line } = this;
    line.clear();
    if (this.#isBareName) this.#addName(suffix);
    line.add(byte.braceOpen);
    const open = line.length;
    if (!this.#isBareName) this.#addName(suffix);
    this.#addLabels(open);
    if (boundLabel !== '') {
      this.#separate(open);
      line.addAscii(`${boundLabel}="${boundText(bound)}"`);
    }
    if (line.length === open) line.length = open - 1;
    else line.add(byte.braceClose);
  }

  #matchesLabels(): boolean {
    const { values, count } = this.#labels.ranges;
    const { view } = this.#cursor;
    const match = this.#match;
    for (let i = 0; i < count; i += 4) {
      if (i > 0 && !match.byte(byte.comma)) return false;
      if (!match.bytes(view, values[i]!, values[i + 1]!)) return false;
      if (!match.byte(byte.equal) || !match.byte(byte.quote)) return false;
      if (!match.bytes(view, values[i + 2]!, values[i + 3]!)) return false;
      if (!match.byte(byte.quote)) return false;
    }
    return true;
  }

  #addName(suffix: string): void {
    const { nameStart, nameEnd } = this.#family;
    if (!this.#isBareName) this.line.add(byte.quote);
    this.line.addEscaped(this.#cursor.bytes, nameStart, nameEnd);
    this.line.addAscii(suffix);
    if (!this.#isBareName) this.line.add(byte.quote);
  }

  #addLabels(open: number): void {
    const { line } = this;
    const { type, unitStart, unitEnd } = this.#family;
    const { values, count } = this.#labels.ranges;
    const hasType = this.#typeAndUnit && type !== familyType.untyped;
    const hasUnit = this.#typeAndUnit && unitStart < unitEnd;
    for (let i = 0; i < count; i += 4) {
      const name = this.#textOf(values[i]!, values[i + 1]!);
      if ((hasType && name === '__type__') || (hasUnit && name === '__unit__')) continue;
      this.#separate(open);
      this.#addLabelName(values[i]!, values[i + 1]!);
      line.add(byte.equal);
      line.addQuoted(this.#cursor.bytes, values[i + 2]!, values[i + 3]!);
    }
    if (hasType) {
      this.#separate(open);
      line.addAscii(`__type__="${typeWords[type]!}"`);
    }
    if (hasUnit) {
      this.#separate(open);
      line.addAscii('__unit__=');
      line.addQuoted(this.#cursor.bytes, unitStart, unitEnd);
    }
  }

  #addLabelName(start: number, end: number): void {
    const { bytes } = this.#cursor;
    if (isBareLabelName(bytes, start, end)) this.line.addBytes(bytes, start, end);
    else this.line.addQuoted(bytes, start, end);
  }

  /** A comma behind whatever stands behind the brace. */
  #separate(open: number): void {
    if (this.line.length > open) this.line.add(byte.comma);
  }

  #textOf(start: number, end: number): string {
    return this.#typeAndUnit ? Buffer.from(this.#cursor.bytes.subarray(start, end)).toString() : '';
  }
}

function boundText(bound: number): string {
  let text = boundTexts.get(bound);
  if (text === undefined) {
    if (boundTexts.size >= mostBoundTexts) boundTexts.clear();
    text = formatGoFloat(bound);
    boundTexts.set(bound, text);
  }
  return text;
}
