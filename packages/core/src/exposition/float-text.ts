import { byte, isWord } from './bytes.js';
import { longDecimal } from './long-decimal.js';

// strconv.ParseFloat's decimal form. Prometheus refuses hexadecimal floats and underscores.
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const infinity = /^[+-]?inf(?:inity)?$/i;
const longestNumber = 4096;
/** 1e0 to 1e22: the powers of ten that float64 holds exactly. */
const powersOfTen = new Float64Array(23);
for (let i = 0; i < powersOfTen.length; i++) powersOfTen[i] = Number(`1e${i}`);

/** A word of four digits, and what added to a byte above 9 sets its high bit. */
const zeros = 0x30303030;
const above9 = 0x76767676;
const highBits = 0x80808080 | 0;
const tenThousand = 10_000;

/**
 * Reads the decimal number at `start` into `target[index]` and returns where it ends; `start` itself
 * when there is none, or none that a few operations round exactly. Up to 15 digits and a power of ten
 * up to 22 are float64s themselves, so their product or quotient is the right float64 (Clinger 1990);
 * longer ones go to longDecimal. Digits are taken four at a time: half the time of one by one. `view`
 * shows the bytes of `body`. Writes to an array, for a float64 that is returned may be an object.
 */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: the innermost loop, one pass in registers
export function readDecimal(
  body: Uint8Array,
  view: DataView,
  start: number,
  length: number,
  target: Float64Array,
  index: number,
): number {
  const first = start < length && body[start] === byte.minus ? start + 1 : start;
  const lastWord = length - 4;
  let p = first;
  let mantissa = 0;
  let fraction = -1;
  for (;;) {
    if (p <= lastWord) {
      const word = view.getInt32(p, true) ^ zeros;
      const others = ((word + above9) | word) & highBits;
      if (others === 0) {
        mantissa = mantissa * tenThousand + fourDigits(word);
        p += 4;
        continue;
      }
      // The lowest bit is sure: above it a carry may have set others.
      const digits = (31 - Math.clz32(others & -others)) >>> 3;
      if (digits > 0) {
        mantissa = mantissa * powersOfTen[digits]! + fourDigits(word << (32 - 8 * digits));
        p += digits;
      }
    } else {
      while (p < length && isDigit(body[p]!)) mantissa = mantissa * 10 + body[p++]! - byte.zero;
    }
    if (fraction >= 0 || p >= length || body[p] !== byte.point) break;
    fraction = ++p;
  }
  let digits = p - first;
  let scale = 0;
  if (fraction >= 0) {
    digits--;
    scale = fraction - p;
  }
  if (p < length && body[p] === byte.lowerE) {
    const sign = p + 1 < length ? body[p + 1] : 0;
    p += sign === byte.minus || sign === byte.plus ? 2 : 1;
    const exponentStart = p;
    let exponent = 0;
    while (p < length && isDigit(body[p]!)) exponent = exponent * 10 + body[p++]! - byte.zero;
    if (p === exponentStart || p > exponentStart + 4) return start;
    scale += sign === byte.minus ? -exponent : exponent;
  }
  if (digits === 0) return start;
  let value: number;
  if (digits <= 15 && scale >= -22 && scale <= 22) {
    value = scale < 0 ? mantissa / powersOfTen[-scale]! : mantissa * powersOfTen[scale]!;
  } else {
    value = longDecimal(body, first, p, scale);
    if (Number.isNaN(value)) return start;
  }
  target[index] = first > start ? -value : value;
  return p;
}

/** The number that four digits make, the first in the lowest byte of `word`, all less their zero. */
function fourDigits(word: number): number {
  const pairs = Math.imul(word, 10) + (word >>> 8);
  return (pairs & 0xff) * 100 + ((pairs >>> 16) & 0xff);
}

/** One comparison: of all bytes only 0 to 9 give less than ten. */
function isDigit(b: number): boolean {
  return (b ^ byte.zero) < 10;
}

/**
 * Reads the number that `body[start, end)` spells into `target[index]`, as Prometheus reads it
 * (textparse.parseFloat: Go's strconv.ParseFloat without hexadecimal floats and underscores). False
 * where that refuses, which it does for what is too large for a float64 too.
 */
export function readFloat(
  body: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  target: Float64Array,
  index: number,
): boolean {
  if (start < end && readDecimal(body, view, start, end, target, index) === end) return true;
  const common = commonWord(body, start, end);
  if (common !== undefined) {
    target[index] = common;
    return true;
  }
  // Nobody means a longer one; a hostile body must not make huge strings.
  if (end - start > longestNumber) return false;
  const value = parseFloatString(String.fromCharCode(...body.subarray(start, end)));
  if (value === undefined) return false;
  target[index] = value;
  return true;
}

/** What is not a number, as every exporter spells it. */
function commonWord(body: Uint8Array, start: number, end: number): number | undefined {
  if (end === start + 3 && isWord(body, start, end, 'NaN')) return NaN;
  return end === start + 4 && isWord(body, start, end, '+Inf') ? Infinity : undefined;
}

/** The same for a string; undefined where Prometheus refuses. */
export function parseFloatString(text: string): number | undefined {
  if (decimal.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  if (infinity.test(text)) return text[0] === '-' ? -Infinity : Infinity;
  return /^nan$/i.test(text) ? NaN : undefined;
}
