import { byte } from './bytes.js';

// Dekker's split: 27 bits on one side, 26 on the other.
const splitter = 2 ** 27 + 1;
// The sums below are off by less than 2^-98 of the result; half a unit in the last place is 2^-53.
const beyondError = 1 + 2 ** -40;

// 10^0 to 10^44, each the exact sum of two float64s (5^44 has 103 bits).
const exactPowers = 22;
const powersHigh = new Float64Array(2 * exactPowers + 1);
const powersLow = new Float64Array(2 * exactPowers + 1);
for (let i = 0; i < powersHigh.length; i++) {
  const high = Number(`1e${Math.min(i, exactPowers)}`);
  const rest = Number(`1e${Math.max(i - exactPowers, 0)}`);
  powersHigh[i] = high * rest;
  powersLow[i] = productError(high, rest, high * rest);
}

/**
 * The float64 next to the digits in `[start, end)`, a decimal point among them passed over, times
 * 10^`scale`; NaN when it cannot tell, which makes the caller take the slow way. For up to 19
 * significant digits: full-precision values (0.1234567890123456) are common, and Number() wants a
 * string of each.
 *
 * It computes with sums of two float64s (Dekker 1971) and accepts the result when an error far larger
 * than its own would not have changed the rounding.
 */
export function longDecimal(body: Uint8Array, start: number, end: number, scale: number): number {
  if (scale < -2 * exactPowers || scale > exactPowers) return NaN;
  let high = 0;
  let low = 0;
  let digits = 0;
  let lowPower = 0;
  for (let i = start; i < end; i++) {
    const digit = body[i]! - byte.zero;
    if (digit < 0 || digit > 9) {
      if (body[i] === byte.point) continue;
      break;
    }
    if (digits === 0 && digit === 0) continue;
    digits++;
    if (digits <= 15) high = high * 10 + digit;
    else {
      low = low * 10 + digit;
      lowPower++;
    }
  }
  if (digits > 19) return NaN;
  const power = powersHigh[lowPower]!;
  const product = high * power;
  const rest = productError(high, power, product) + low;
  const mantissa = product + rest;
  return scaled(mantissa, rest - (mantissa - product), scale);
}

/** (high + low) × 10^scale, or NaN where the rounding is too close to call. */
function scaled(high: number, low: number, scale: number): number {
  let first: number;
  let second: number;
  if (scale >= 0) {
    const power = powersHigh[scale]!;
    first = high * power;
    second = productError(high, power, first) + low * power;
  } else {
    const power = powersHigh[-scale]!;
    first = high / power;
    const product = first * power;
    const rest = high - product - productError(first, power, product) + low;
    second = (rest - first * powersLow[-scale]!) / power;
  }
  const value = first + second;
  const error = second - (value - first);
  return value + error * beyondError === value ? value : NaN;
}

/** What `product`, the rounded a × b, is short of the true one. */
function productError(a: number, b: number, product: number): number {
  const scaledA = a * splitter;
  const highA = scaledA - (scaledA - a);
  const lowA = a - highA;
  const scaledB = b * splitter;
  const highB = scaledB - (scaledB - b);
  const lowB = b - highB;
  return highA * highB - product + highA * lowB + lowA * highB + lowA * lowB;
}
