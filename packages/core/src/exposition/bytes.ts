import { isUtf8 } from 'node:buffer';

/** The bytes the text formats are made of. */
export const byte = {
  nul: 0,
  tab: 9,
  newline: 10,
  space: 32,
  quote: 34,
  hash: 35,
  plus: 43,
  comma: 44,
  minus: 45,
  point: 46,
  zero: 48,
  equal: 61,
  backslash: 92,
  underscore: 95,
  lowerE: 101,
  lowerN: 110,
  braceOpen: 123,
  braceClose: 125,
} as const;

/** Classes of bytes, as bits: one load tells where a token ends. */
export const byteClass = { digit: 1, letter: 2, colon: 4, blank: 8, plain: 16 } as const;

/**
 * The classes of each byte; `letter` is a-z, A-Z and the underscore, `plain` the ASCII that stands for
 * itself between quotes.
 */
export const classOf = new Uint8Array(256);
for (let b = 48; b <= 57; b++) classOf[b] = byteClass.digit;
for (let b = 65; b <= 90; b++) classOf[b] = classOf[b + 32] = byteClass.letter;
classOf[95] = byteClass.letter;
classOf[58] = byteClass.colon;
classOf[byte.space] = classOf[byte.tab] = byteClass.blank;
for (let b = 1; b < 128; b++) {
  if (b !== byte.quote && b !== byte.backslash && b !== byte.newline)
    classOf[b]! |= byteClass.plain;
}

/** Of four bytes: what tells those that are not ASCII. */
const highBits = 0x80808080 | 0;

/** May begin a metric name. */
export const nameStart = byteClass.letter | byteClass.colon;
/** May go on in a metric name. */
export const nameRest = nameStart | byteClass.digit;
/** May go on in a label name. */
export const labelRest = byteClass.letter | byteClass.digit;

/** First index from `i` on whose byte is in none of the classes. */
export function skip(body: Uint8Array, i: number, length: number, classes: number): number {
  while (i < length && (classOf[body[i]!]! & classes) !== 0) i++;
  return i;
}

/** The byte at `i`, -1 behind the end. */
export function byteAt(body: Uint8Array, i: number, length: number): number {
  return i < length ? body[i]! : -1;
}

/** Index of the newline that ends the line of `i`, or `length`. Lines are too short for indexOf. */
export function lineEnd(body: Uint8Array, i: number, length: number): number {
  while (i < length && body[i] !== byte.newline) i++;
  return i;
}

/**
 * Index of the newline that ends the line of `i`, or `length`; its complement when a byte before it is
 * no ASCII. Four bytes at a time: a byte of `word ^ newlines` that is 0 borrows when 1 is taken from
 * it, and the lowest that did is a newline for sure.
 */
export function textEnd(body: Uint8Array, view: DataView, i: number, length: number): number {
  let at = i;
  let all = 0;
  for (const last = length - 4; at <= last; at += 4) {
    const word = view.getInt32(at, true);
    const others = word ^ 0x0a0a0a0a;
    const found = (others - 0x01010101) & ~others & highBits;
    if (found !== 0) {
      const lowest = found & -found;
      all |= word & ((lowest >>> 7) - 1);
      at += (31 - Math.clz32(lowest)) >>> 3;
      return (all & highBits) === 0 ? at : ~at;
    }
    all |= word;
  }
  for (; at < length && body[at] !== byte.newline; at++) all |= body[at]!;
  return (all & highBits) === 0 ? at : ~at;
}

/** Index of the first NUL in `[start, end)`, or -1. */
export function indexOfNul(body: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) if (body[i] === byte.nul) return i;
  return -1;
}

/** Whether `[start, end)` is UTF-8, by Go's rules. Nearly all of what is asked about is ASCII. */
export function isText(body: Uint8Array, start: number, end: number): boolean {
  let all = 0;
  for (let i = start; i < end; i++) all |= body[i]!;
  return all < 0x80 || isUtf8(body.subarray(start, end));
}

/** Whether the ASCII `word` stands at `i`. */
export function isWord(body: Uint8Array, i: number, length: number, word: string): boolean {
  if (i + word.length > length) return false;
  for (let k = 0; k < word.length; k++) if (body[i + k] !== word.charCodeAt(k)) return false;
  return true;
}
