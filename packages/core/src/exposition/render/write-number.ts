import { formatGoFloat } from '../go-float.js';
import type { ByteSink } from './byte-sink.js';
import { putSmallInteger } from './small-integer.js';

const zero = 48;
const minus = 45;
/** -0.0001234567890123456e-300 and every integer below 2^63. */
const longestNumber = 32;
const scratch = new Uint8Array(longestNumber);
/** Decimals of a number below 1e6 that are looked at: fifteen digits in all. */
const perUnit = 1e9;

/**
 * A sample's value as prometheus/common expfmt writes it: Go's shortest `%g`, with an exponent from
 * 1e6 on; -0 is 0. `pointed` adds `.0` to what looks like an integer, as OpenMetrics wants it.
 */
export function writeFloat(sink: ByteSink, value: number, pointed: boolean): void {
  if (!Number.isSafeInteger(value)) {
    if (!writeDecimal(sink, value) && !writeTiny(sink, value)) sink.ascii(formatGoFloat(value));
    return;
  }
  sink.reserve(longestNumber);
  const { bytes } = sink;
  if (value < 0) bytes[sink.at++] = minus;
  const size = Math.abs(value);
  const first = digitsOf(size);
  if (size >= 1e6) {
    writeExponential(sink, first);
    return;
  }
  for (let i = first; i < longestNumber; i++) bytes[sink.at++] = scratch[i]!;
  if (pointed) {
    bytes[sink.at++] = 46;
    bytes[sink.at++] = zero;
  }
}

/**
 * Most measured values have few decimals. Of fifteen digits each number has a double of its own, so those
 * that lead back to the value are its shortest. False, and nothing is written: it is another kind.
 */
function writeDecimal(sink: ByteSink, value: number): boolean {
  const size = Math.abs(value);
  if (!(size >= 1e-4 && size < 1e6)) return false;
  const scaled = Math.round(size * perUnit);
  if (scaled / perUnit !== size) return false;
  sink.reserve(longestNumber);
  const { bytes } = sink;
  if (value < 0) bytes[sink.at++] = minus;
  const whole = Math.floor(size);
  for (let i = digitsOf(whole); i < longestNumber; i++) bytes[sink.at++] = scratch[i]!;
  bytes[sink.at++] = 46;
  let rest = scaled - whole * perUnit;
  for (let unit = perUnit / 10; rest > 0; unit /= 10) {
    const digit = (rest / unit) | 0;
    bytes[sink.at++] = zero + digit;
    rest -= digit * unit;
  }
  return true;
}

/**
 * Seconds of something short: JavaScript's own form, but for exponents of one digit, which Go writes with two. False,
 * and nothing is written: it is another kind.
 */
function writeTiny(sink: ByteSink, value: number): boolean {
  if (!(Math.abs(value) < 1e-4) || value === 0) return false;
  const text = value.toExponential();
  const exponent = text.length - 2;
  if (text.charCodeAt(exponent) !== minus) {
    sink.ascii(text);
    return true;
  }
  sink.reserve(longestNumber);
  const { bytes } = sink;
  for (let i = 0; i <= exponent; i++) bytes[sink.at++] = text.charCodeAt(i);
  bytes[sink.at++] = zero;
  bytes[sink.at++] = text.charCodeAt(exponent + 1);
  return true;
}

/** An integer with all its digits: counts in OpenMetrics, timestamps in the text format. */
export function writeInteger(sink: ByteSink, value: number): void {
  if (!Number.isSafeInteger(value)) {
    sink.ascii(Number.isInteger(value) ? BigInt(value).toString() : String(Math.trunc(value)));
    return;
  }
  sink.reserve(longestNumber);
  if (value >= 0 && value <= 0x7fff_ffff) {
    sink.at = putSmallInteger(sink.bytes, sink.at, value | 0);
    return;
  }
  const { bytes } = sink;
  if (value < 0) bytes[sink.at++] = minus;
  for (let i = digitsOf(Math.abs(value)); i < longestNumber; i++) bytes[sink.at++] = scratch[i]!;
}

/** Puts the digits to the end of the scratch; returns where the first of them is. */
function digitsOf(value: number): number {
  let at = longestNumber;
  let rest = value;
  for (; rest >= 0x4000_0000; at--) {
    const next = Math.floor(rest / 10);
    scratch[at - 1] = zero + (rest - next * 10);
    rest = next;
  }
  let small = rest | 0;
  do {
    const next = (small / 10) | 0;
    scratch[--at] = zero + small - next * 10;
    small = next;
  } while (small > 0);
  return at;
}

/** The digits from `first` on, of which there are seven or more. */
function writeExponential(sink: ByteSink, first: number): void {
  const { bytes } = sink;
  const exponent = longestNumber - first - 1;
  let end = longestNumber;
  while (scratch[end - 1] === zero) end--;
  bytes[sink.at++] = scratch[first]!;
  if (end > first + 1) bytes[sink.at++] = 46;
  for (let i = first + 1; i < end; i++) bytes[sink.at++] = scratch[i]!;
  bytes[sink.at++] = 101;
  bytes[sink.at++] = 43;
  bytes[sink.at++] = zero + ((exponent / 10) | 0);
  bytes[sink.at++] = zero + (exponent % 10);
}
