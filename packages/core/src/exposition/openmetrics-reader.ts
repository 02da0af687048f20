import { byte, byteAt, classOf, indexOfNul, isWord, lineEnd, nameStart } from './bytes.js';
import { readFloat } from './float-text.js';
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
  { word: 'gaugehistogram', context: seriesContext.plain },
  { word: 'summary', context: seriesContext.summary },
  { word: 'info', context: seriesContext.plain },
  { word: 'stateset', context: seriesContext.plain },
  { word: 'unknown', context: seriesContext.plain },
];
// Where the second number of a line (a timestamp) is read to.
const scratch = new Float64Array(1);

/** OpenMetrics 0.0.1 and 1.0.0 as Prometheus' openmetricslex.l and openmetricsparse.go read them. */
export class OpenMetricsReader implements LineReader {
  end = 0;
  context: SeriesContext | undefined;
  readonly #name = new KnownName();

  begin(): void {
    this.#name.clear();
  }

  read(body: Uint8Array, view: DataView, start: number, length: number): LineKind {
    this.context = undefined;
    const c = body[start]!;
    if (c === byte.hash) return this.#readComment(body, view, start, length);
    if (c === byte.braceOpen) {
      this.end = labelsEnd(body, start + 1, length, false);
      return lineKind.series;
    }
    if ((classOf[c]! & nameStart) === 0) {
      throw syntaxError(body, length, start, 'a metric name, { or #');
    }
    this.end = this.#name.endOfNext(body, view, start, length);
    if (byteAt(body, this.end, length) === byte.braceOpen) {
      this.end = labelsEnd(body, this.end + 1, length, true);
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
    if (byteAt(body, at, length) === byte.braceOpen) return -1;
    const valueEnd = numberEnd(body, at, length);
    readNumber(body, view, at, valueEnd, length, out.values, sample);
    out.timestampsMs[sample] = NaN;
    let i = valueEnd;
    if (byteAt(body, i, length) === byte.space && !isWord(body, i, length, ' # {')) {
      i = numberEnd(body, i, length);
      out.timestampsMs[sample] = timestampMs(body, view, valueEnd, i, length);
      out.hasTimestamps = true;
    }
    if (isWord(body, i, length, ' # {')) i = readExemplar(body, view, i + 4, length, out, sample);
    if (byteAt(body, i, length) === byte.newline) return i + 1;
    throw syntaxError(body, length, i, 'a timestamp, an exemplar or the end of the line');
  }

  checkEnd(body: Uint8Array, length: number): void {
    throw syntaxError(body, length, length, '# EOF as the last line');
  }

  #readComment(body: Uint8Array, view: DataView, hash: number, length: number): LineKind {
    const keyword = hash + 2;
    if (isWord(body, hash, length, '# EOF')) {
      const after = byteAt(body, hash + 5, length) === byte.newline ? hash + 6 : hash + 5;
      if (after < length) throw syntaxError(body, length, after, 'nothing after # EOF');
      return lineKind.end;
    }
    const isType = isWord(body, hash, length, '# TYPE ');
    const isUnit = isWord(body, hash, length, '# UNIT ');
    if (!isType && !isUnit && !isWord(body, hash, length, '# HELP ')) {
      throw syntaxError(body, length, hash, '# HELP, # TYPE, # UNIT or # EOF');
    }
    const family = keyword + 5;
    const nameEnd = familyEnd(body, view, family, length, this.#name);
    if (byteAt(body, nameEnd, length) !== byte.space) {
      throw syntaxError(body, length, nameEnd, 'a space and a text');
    }
    this.end =
      isType || isUnit ? lineEnd(body, nameEnd, length) : textLineEnd(body, view, nameEnd, length);
    if (this.end === length) throw syntaxError(body, length, length, 'the end of the line');
    if (isType) this.context = typeContext(body, nameEnd + 1, this.end, length, types);
    else if (isUnit) checkUnit(body, family, nameEnd, this.end, length);
    return lineKind.comment;
  }
}

/** A unit must be the suffix of the family's name, behind an underscore. */
function checkUnit(
  body: Uint8Array,
  family: number,
  familyNameEnd: number,
  end: number,
  length: number,
): void {
  const isQuoted = body[family] === byte.quote;
  const nameStart = isQuoted ? family + 1 : family;
  const nameEnd = isQuoted ? familyNameEnd - 1 : familyNameEnd;
  const unit = familyNameEnd + 1;
  const unitBytes = end - unit;
  if (unitBytes === 0) return;
  const underscore = nameEnd - unitBytes - 1;
  let fits = underscore >= nameStart && body[underscore] === byte.underscore;
  for (let i = 0; fits && i < unitBytes; i++) fits = body[unit + i] === body[underscore + 1 + i];
  if (!fits) throw syntaxError(body, length, unit, "a unit that is the name's suffix");
}

/** Parses what stands in braces and returns where it ends, behind the closing one. */
function labelsEnd(body: Uint8Array, from: number, length: number, hasName: boolean): number {
  let i = plainLabelsEnd(body, from, length);
  if (i >= 0 && hasName) return i;
  let named = hasName;
  i = hasName ? ~i : from;
  while (byteAt(body, i, length) !== byte.braceClose) {
    const nameEnd = labelNameEnd(body, i, length, true);
    const next = byteAt(body, nameEnd, length);
    if (body[i] === byte.quote && (next === byte.comma || next === byte.braceClose)) {
      if (named) throw syntaxError(body, length, i, 'one metric name only');
      named = true;
      i = nameEnd;
    } else {
      if (next !== byte.equal) throw syntaxError(body, length, nameEnd, 'an equals sign');
      i = labelValueEnd(body, nameEnd + 1, length, false);
    }
    i = commaEnd(body, i, length);
  }
  if (!named) throw syntaxError(body, length, i, 'a metric name before }');
  return i + 1;
}

/** Behind the comma that must stand here, or at the closing brace. */
function commaEnd(body: Uint8Array, i: number, length: number): number {
  const c = byteAt(body, i, length);
  if (c === byte.comma) return i + 1;
  if (c === byte.braceClose) return i;
  throw syntaxError(body, length, i, 'a comma or }');
}

/** Parses an exemplar from behind its opening brace; returns where the line should end. */
function readExemplar(
  body: Uint8Array,
  view: DataView,
  from: number,
  length: number,
  out: ParsedBody,
  sample: number,
): number {
  let i = from;
  while (byteAt(body, i, length) !== byte.braceClose) {
    const nameEnd = labelNameEnd(body, i, length, false);
    if (byteAt(body, nameEnd, length) !== byte.equal) {
      throw syntaxError(body, length, nameEnd, 'an equals sign');
    }
    i = commaEnd(body, exemplarValueEnd(body, nameEnd + 1, length), length);
  }
  const labelsEnd = i;
  const valueEnd = numberEnd(body, i + 1, length);
  readNumber(body, view, i + 1, valueEnd, length, scratch, 0);
  const value = scratch[0]!;
  i = valueEnd;
  let time = NaN;
  if (byteAt(body, i, length) === byte.space) {
    i = numberEnd(body, i, length);
    time = timestampMs(body, view, valueEnd, i, length);
  }
  out.addExemplar(sample, from, labelsEnd, value, time);
  return i;
}

/** As a label value, but NUL is refused. */
function exemplarValueEnd(body: Uint8Array, start: number, length: number): number {
  const end = labelValueEnd(body, start, length, false);
  const nul = indexOfNul(body, start, end);
  if (nul >= 0) throw syntaxError(body, length, nul, 'no NUL');
  return end;
}

/** End of the token that must begin with the one space at `space`. */
function numberEnd(body: Uint8Array, space: number, length: number): number {
  if (byteAt(body, space, length) !== byte.space) {
    throw syntaxError(body, length, space, 'a space and a number');
  }
  let i = space + 1;
  while (i < length && body[i]! !== byte.space && body[i] !== byte.newline && body[i] !== 0) i++;
  return i;
}

function readNumber(
  body: Uint8Array,
  view: DataView,
  space: number,
  end: number,
  length: number,
  target: Float64Array,
  index: number,
): void {
  if (!readFloat(body, view, space + 1, end, target, index)) {
    throw syntaxError(body, length, space + 1, 'a number');
  }
}

/** Seconds with a fraction, cut to whole milliseconds. */
function timestampMs(
  body: Uint8Array,
  view: DataView,
  space: number,
  end: number,
  length: number,
): number {
  readNumber(body, view, space, end, length, scratch, 0);
  const seconds = scratch[0]!;
  if (!Number.isFinite(seconds)) throw syntaxError(body, length, space + 1, 'a finite timestamp');
  const ms = Math.trunc(seconds * 1000) + 0;
  // What Go's conversion makes of a float64 beyond int64 on amd64.
  return Math.abs(ms) < 2 ** 63 ? ms : -(2 ** 63);
}
