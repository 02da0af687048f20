import { byte, isText, isWord } from '../bytes.js';
import { formatGoFloat } from '../go-float.js';
import { isBareLabelName, isBareMetricName, SeriesText } from '../series-text.js';
import { type FamilyHeader, familyType } from './family-header.js';
import type { NumberList } from './number-list.js';
import { type ProtoCursor, protoError } from './proto-cursor.js';

/** By `familyType`, in OpenMetrics' words. */
const typeWords = ['counter', 'gauge', 'summary', 'unknown', 'histogram', 'gaugehistogram'];
const mostBoundTexts = 10_000;
// Bounds are the same from scrape to scrape and from series to series.
const boundTexts = new Map<number, string>();

/** Writes what the series and the comments of a protobuf family would be in a text format. */
export class FamilyText {
  /** What was written last. */
  readonly line = new SeriesText();
  /** The labels of the metric, as they stand between the braces. */
  readonly #labels = new SeriesText();
  #body: Uint8Array = new Uint8Array(0);
  #family: FamilyHeader | undefined;
  #isBareName = true;

  begin(body: Uint8Array, family: FamilyHeader): void {
    this.#body = body;
    this.#family = family;
    this.#isBareName = isBareMetricName(body, family.nameStart, family.nameEnd);
  }

  /** Lets go of the body. */
  end(): void {
    this.#body = new Uint8Array(0);
  }

  /** False when the family says nothing of the kind. */
  writeComment(keyword: 'HELP' | 'TYPE' | 'UNIT'): boolean {
    const { helpStart, helpEnd, unitStart, unitEnd, type } = this.#family!;
    const start = keyword === 'HELP' ? helpStart : unitStart;
    const end = keyword === 'HELP' ? helpEnd : unitEnd;
    if (keyword !== 'TYPE' && start === end) return false;
    this.line.clear();
    this.line.addAscii(`# ${keyword} `);
    this.#addName('');
    this.line.add(byte.space);
    if (keyword === 'TYPE') this.line.addAscii(typeWords[type]!);
    else this.line.addEscaped(this.#body, start, end);
    return true;
  }

  /**
   * Takes the labels of a metric, from the ranges of its LabelPair messages; with `typeAndUnit` the
   * family's type and unit too, for which exposed labels of these names give way.
   */
  writeLabels(cursor: ProtoCursor, ranges: NumberList, typeAndUnit: boolean): void {
    this.#labels.clear();
    const hasType = typeAndUnit && this.#family!.type !== familyType.untyped;
    const hasUnit = typeAndUnit && this.#family!.unitStart < this.#family!.unitEnd;
    for (let i = 0; i < ranges.count; i += 2) {
      cursor.at = ranges.values[i]!;
      cursor.end = ranges.values[i + 1]!;
      const before = this.#labels.length;
      this.#separate();
      const start = this.#labels.length;
      this.#writeLabel(cursor);
      const isReplaced =
        (hasType && this.#isLabel(start, '__type__')) ||
        (hasUnit && this.#isLabel(start, '__unit__'));
      if (isReplaced) this.#labels.length = before;
    }
    if (hasType) {
      this.#separate();
      this.#labels.addAscii(`__type__="${typeWords[this.#family!.type]!}"`);
    }
    if (hasUnit) {
      this.#separate();
      this.#labels.addAscii('__unit__=');
      this.#labels.addQuoted(this.#body, this.#family!.unitStart, this.#family!.unitEnd);
    }
  }

  #separate(): void {
    if (this.#labels.length > 0) this.#labels.add(byte.comma);
  }

  /** Whether the label that was written at `start` is called `name`. */
  #isLabel(start: number, name: string): boolean {
    return isWord(this.#labels.bytes, start, this.#labels.length, `${name}=`);
  }

  /** The family's name with a suffix, the metric's labels, and a bound unless its label is empty. */
  writeSeries(suffix: string, boundLabel: string, bound: number): void {
    const { line } = this;
    const hasLabels = this.#labels.length > 0;
    line.clear();
    if (this.#isBareName) this.#addName(suffix);
    if (this.#isBareName && !hasLabels && boundLabel === '') return;
    line.add(byte.braceOpen);
    if (!this.#isBareName) {
      this.#addName(suffix);
      if (hasLabels || boundLabel !== '') line.add(byte.comma);
    }
    line.addBytes(this.#labels.bytes, 0, this.#labels.length);
    if (boundLabel !== '') {
      if (hasLabels) line.add(byte.comma);
      line.addAscii(boundLabel);
      line.addAscii('="');
      line.addAscii(boundText(bound));
      line.add(byte.quote);
    }
    line.add(byte.braceClose);
  }

  #addName(suffix: string): void {
    const { nameStart, nameEnd } = this.#family!;
    if (!this.#isBareName) this.line.add(byte.quote);
    this.line.addEscaped(this.#body, nameStart, nameEnd);
    this.line.addAscii(suffix);
    if (!this.#isBareName) this.line.add(byte.quote);
  }

  #writeLabel(cursor: ProtoCursor): void {
    const body = this.#body;
    const start = cursor.at;
    let nameStart = start;
    let nameEnd = start;
    let valueStart = start;
    let valueEnd = start;
    while (cursor.next()) {
      if (cursor.field > 2) {
        cursor.skip();
        continue;
      }
      const end = cursor.length();
      if (cursor.field === 1) {
        nameStart = cursor.at;
        nameEnd = end;
      } else {
        valueStart = cursor.at;
        valueEnd = end;
      }
      cursor.at = end;
    }
    if (nameStart === nameEnd) throw protoError(start, 'a label name that is not empty');
    if (isBareLabelName(body, nameStart, nameEnd)) {
      this.#labels.addBytes(body, nameStart, nameEnd);
    } else {
      if (!isText(body, nameStart, nameEnd)) throw protoError(nameStart, 'a label name in UTF-8');
      this.#labels.addQuoted(body, nameStart, nameEnd);
    }
    if (!isText(body, valueStart, valueEnd)) throw protoError(valueStart, 'a label value in UTF-8');
    this.#labels.add(byte.equal);
    this.#labels.addQuoted(body, valueStart, valueEnd);
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
