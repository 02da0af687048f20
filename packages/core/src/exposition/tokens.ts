import {
  byte,
  byteAt,
  byteClass,
  classOf,
  isText,
  isWord,
  labelRest,
  nameStart,
  skip,
  textEnd,
} from './bytes.js';
import type { KnownName } from './known-name.js';
import { quotedEnd } from './quoted.js';
import type { SeriesContext } from './series-context.js';
import { syntaxError } from './syntax-error.js';

/** The words of a format's TYPE lines, each with what it makes of the lines after it. */
export type TypeWords = readonly { readonly word: string; readonly context: SeriesContext }[];

/** The context that the type in `[start, end)` sets. */
export function typeContext(
  body: Uint8Array,
  start: number,
  end: number,
  length: number,
  types: TypeWords,
): SeriesContext {
  for (const { word, context } of types) {
    if (word.length === end - start && isWord(body, start, end, word)) return context;
  }
  const words = types.map(({ word }) => word).join(', ');
  throw syntaxError(body, length, start, `one of ${words}, and nothing after it`);
}

/** End of the family name of a HELP, TYPE or UNIT line: bare, or quoted (then newlines are allowed). */
export function familyEnd(
  body: Uint8Array,
  view: DataView,
  start: number,
  length: number,
  name: KnownName,
): number {
  const first = byteAt(body, start, length);
  if (first === byte.quote) return quotedNameEnd(body, start, length, true);
  if (first < 0 || (classOf[first]! & nameStart) === 0) {
    throw syntaxError(body, length, start, 'a metric name');
  }
  return name.endOfNext(body, view, start, length);
}

/** End of a label name, or of the metric name in braces: bare or quoted. */
export function labelNameEnd(
  body: Uint8Array,
  start: number,
  length: number,
  newlines: boolean,
): number {
  const first = byteAt(body, start, length);
  if (first === byte.quote) return quotedNameEnd(body, start, length, newlines);
  if (first < 0 || (classOf[first]! & byteClass.letter) === 0) {
    throw syntaxError(body, length, start, 'a label name or }');
  }
  return skip(body, start, length, labelRest);
}

function quotedNameEnd(body: Uint8Array, start: number, length: number, newlines: boolean): number {
  const end = quotedEnd(body, start, length, false, newlines);
  if (end < 0) throw syntaxError(body, length, -1 - end, 'the closing quote of a name');
  return end;
}

/** End of the quoted label value that must begin at `start`. */
export function labelValueEnd(
  body: Uint8Array,
  start: number,
  length: number,
  newlines: boolean,
): number {
  if (byteAt(body, start, length) !== byte.quote) {
    throw syntaxError(body, length, start, 'a quoted label value');
  }
  const end = quotedEnd(body, start, length, true, newlines);
  if (end < 0) throw syntaxError(body, length, -1 - end, 'the closing quote of a label value');
  if (!isText(body, start, end)) {
    throw syntaxError(body, length, start, 'a label value in UTF-8');
  }
  return end;
}

/** End of the line of a HELP text, which must be UTF-8; `start` is the byte before the text. */
export function textLineEnd(
  body: Uint8Array,
  view: DataView,
  start: number,
  length: number,
): number {
  const end = textEnd(body, view, start, length);
  if (end >= 0) return end;
  if (!isText(body, start + 1, ~end)) {
    throw syntaxError(body, length, start + 1, 'HELP in UTF-8');
  }
  return ~end;
}

/**
 * Walks over labels as nearly every exporter writes them, without blanks, escapes and names in quotes,
 * from behind the opening brace or a comma. Returns where they end, behind the closing brace; where
 * there is more to a label, the complement of its beginning.
 */
export function plainLabelsEnd(body: Uint8Array, from: number, length: number): number {
  for (let i = from; ; ) {
    let p = i;
    if (p >= length || (classOf[body[p]!]! & byteClass.letter) === 0) return ~i;
    p = skip(body, p + 1, length, labelRest);
    if (p + 1 >= length || body[p] !== byte.equal || body[p + 1] !== byte.quote) return ~i;
    p = skip(body, p + 2, length, byteClass.plain);
    if (p + 1 >= length || body[p] !== byte.quote) return ~i;
    const next = body[p + 1];
    if (next === byte.braceClose) return p + 2;
    if (next !== byte.comma) return ~i;
    i = p + 2;
  }
}
