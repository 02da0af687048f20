import {
  byte,
  byteAt,
  byteClass,
  classOf,
  indexOfNul,
  isWord,
  lineEnd,
  nameStart,
  skip,
} from './bytes.js';
import { readDecimal, readFloat } from './float-text.js';
import { KnownName } from './known-name.js';
import { type LineKind, type LineReader, lineKind } from './line-reader.js';
import type { ParsedBody } from './parsed-body.js';
import { type SeriesContext, seriesContext } from './series-context.js';
import { syntaxError } from './syntax-error.js';
import {
  familyEnd,
  labelNameEnd,
  labelValueEnd,
  plainLabelsEnd,
  type TypeWords,
  textLineEnd,
  typeContext,
} from './tokens.js';

const types: TypeWords = [
  { word: 'counter', context: seriesContext.plain },
  { word: 'gauge', context: seriesContext.plain },
  { word: 'histogram', context: seriesContext.histogram },
  { word: 'summary', context: seriesContext.summary },
  { word: 'untyped', context: seriesContext.plain },
];
const longestTimestamp = '9223372036854775807';

/** Text 0.0.4 and 1.0.0 as Prometheus' promlex.l and promparse.go read them. */
export class TextReader implements LineReader {
  end = 0;
  context: SeriesContext | undefined;
  readonly #name = new KnownName();

  begin(): void {
    this.#name.clear();
  }

  read(body: Uint8Array, view: DataView, start: number, length: number): LineKind {
    const i = skip(body, start, length, byteClass.blank);
    this.context = undefined;
    this.end = i;
    // A NUL where a line begins ends the body for Prometheus' lexer, without an error.
    if (i >= length || body[i] === byte.nul) return lineKind.end;
    const c = body[i]!;
    if (c === byte.newline) {
      this.end = i + 1;
      return lineKind.blank;
    }
    if (c === byte.hash) return this.#readComment(body, view, i, length);
    if (c === byte.braceOpen) {
      this.end = this.#labelsEnd(body, i + 1, length, false);
      return lineKind.series;
    }
    if ((classOf[c]! & nameStart) === 0) {
      throw syntaxError(body, length, i, 'a metric name, { or #');
    }
    this.end = this.#name.endOfNext(body, view, i, length);
    const brace = skip(body, this.end, length, byteClass.blank);
    if (brace < length && body[brace] === byte.braceOpen) {
      this.end = this.#labelsEnd(body, brace + 1, length, true);
    }
    return lineKind.series;
  }

  readValue(
    body: Uint8Array,
    view: DataView,
    at: number,
    length: number,
    out: ParsedBody,
    sample: number,
  ): number {
    const start = skip(body, at, length, byteClass.blank);
    if (start < length && body[start] === byte.braceOpen) return -1;
    let i = readDecimal(body, view, start, length, out.values, sample);
    if (i === start || (i < length && isValueByte(body[i]!))) {
      while (i < length && isValueByte(body[i]!)) i++;
      if (!readFloat(body, view, start, i, out.values, sample)) {
        throw syntaxError(body, length, start, 'a value');
      }
    }
    out.timestampsMs[sample] = NaN;
    i = skip(body, i, length, byteClass.blank);
    if (i < length && body[i] !== byte.newline) i = readTimestamp(body, i, length, out, sample);
    if (i < length && body[i] !== byte.newline) {
      throw syntaxError(body, length, i, 'a timestamp or the end of the line');
    }
    return i + 1;
  }

  checkEnd(): void {}

  /** Parses what stands in braces and returns where it ends, behind the closing one. */
  #labelsEnd(body: Uint8Array, from: number, length: number, hasName: boolean): number {
    let i = plainLabelsEnd(body, from, length);
    if (i >= 0 && hasName) return i;
    let named = hasName;
    i = skip(body, hasName ? ~i : from, length, byteClass.blank);
    while (byteAt(body, i, length) !== byte.braceClose) {
      const nameEnd = labelNameEnd(body, i, length, true);
      const isQuoted = body[i] === byte.quote;
      let j = skip(body, nameEnd, length, byteClass.blank);
      const next = byteAt(body, j, length);
      if (isQuoted && (next === byte.comma || next === byte.braceClose)) {
        if (named) throw syntaxError(body, length, i, 'one metric name only');
        named = true;
        i = j;
      } else {
        if (next !== byte.equal) throw syntaxError(body, length, j, 'an equals sign');
        j = skip(body, j + 1, length, byteClass.blank);
        i = skip(body, labelValueEnd(body, j, length, true), length, byteClass.blank);
      }
      if (byteAt(body, i, length) === byte.comma) i = skip(body, i + 1, length, byteClass.blank);
    }
    if (!named) throw syntaxError(body, length, i, 'a metric name before }');
    return i + 1;
  }

  #readComment(body: Uint8Array, view: DataView, hash: number, length: number): LineKind {
    const keyword = skip(body, hash + 1, length, byteClass.blank);
    if (keyword > hash + 1) {
      if (byteAt(body, keyword, length) === byte.nul) return lineKind.end;
      const isType = isWord(body, keyword, length, 'TYPE');
      if (isType || isWord(body, keyword, length, 'HELP')) {
        const family = skip(body, keyword + 4, length, byteClass.blank);
        if (family > keyword + 4) {
          this.#readMetadata(body, view, family, length, isType);
          return lineKind.comment;
        }
      }
    }
    this.end = lineEnd(body, keyword, length);
    const endsBody = keyword === hash + 1 && indexOfNul(body, keyword, this.end) >= 0;
    return endsBody ? lineKind.end : lineKind.comment;
  }

  #readMetadata(
    body: Uint8Array,
    view: DataView,
    family: number,
    length: number,
    isType: boolean,
  ): void {
    const nameEnd = familyEnd(body, view, family, length, this.#name);
    if (byteAt(body, nameEnd, length) === byte.nul) {
      throw syntaxError(body, length, nameEnd, 'a blank');
    }
    if (isType) {
      this.end = lineEnd(body, nameEnd, length);
      const start = textStart(body, nameEnd, this.end);
      this.context = typeContext(body, start, this.end, length, types);
      return;
    }
    this.end = textLineEnd(body, view, nameEnd, length);
  }
}

/** Where the text behind a family's name begins: one byte after it, whatever that is. */
function textStart(body: Uint8Array, nameEnd: number, end: number): number {
  return skip(body, nameEnd, end, byteClass.blank) === end ? end : nameEnd + 1;
}

/** As the lexer's [^{ \t\n]+, which NUL ends too. */
function isValueByte(b: number): boolean {
  return b > byte.space
    ? b !== byte.braceOpen
    : b !== byte.space && b !== byte.tab && b !== byte.newline && b !== byte.nul;
}

/** Digits alone, up to 2^63-1. Returns where the next token begins. */
function readTimestamp(
  body: Uint8Array,
  start: number,
  length: number,
  out: ParsedBody,
  sample: number,
): number {
  const end = skip(body, start, length, byteClass.digit);
  if (end === start) throw syntaxError(body, length, start, 'a timestamp or the end of the line');
  let significant = start;
  while (significant < end - 1 && body[significant] === byte.zero) significant++;
  const digits = end - significant;
  if (digits > longestTimestamp.length) {
    throw syntaxError(body, length, start, 'a timestamp below 2^63');
  }
  let value = 0;
  if (digits <= 15) {
    for (let i = significant; i < end; i++) value = value * 10 + body[i]! - byte.zero;
  } else {
    const text = String.fromCharCode(...body.subarray(significant, end));
    if (digits === longestTimestamp.length && text > longestTimestamp) {
      throw syntaxError(body, length, start, 'a timestamp below 2^63');
    }
    value = Number(text);
  }
  out.timestampsMs[sample] = value;
  out.hasTimestamps = true;
  return skip(body, end, length, byteClass.blank);
}
