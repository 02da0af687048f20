import { parseFloatString } from './float-text.js';

// The hexadecimal form of strconv.ParseFloat; its exponent is not optional.
const hexadecimal = /^([+-]?)0x(?=\.?[0-9a-f])([0-9a-f]*)\.?([0-9a-f]*)p([+-]?\d+)$/i;
// Underscores stand between digits, or between 0x and a digit.
const strayInDecimal = /(?<!\d)_|_(?!\d)/;
const strayInHexadecimal = /(?<![0-9a-f]|0x)_|_(?![0-9a-f])/i;

/** All that Go's strconv.ParseFloat reads; undefined where it refuses. */
export function parseGoFloat(text: string): number | undefined {
  const isHexadecimal = /^[+-]?0x/i.test(text);
  if ((isHexadecimal ? strayInHexadecimal : strayInDecimal).test(text)) return undefined;
  const plain = text.replaceAll('_', '');
  return isHexadecimal ? parseHexadecimal(plain) : parseFloatString(plain);
}

function parseHexadecimal(text: string): number | undefined {
  const parts = hexadecimal.exec(text);
  if (parts === null) return undefined;
  const [, sign = '', whole = '', fraction = '', power = ''] = parts;
  const exponent = Math.max(-3000, Math.min(Number(power), 3000)) - 4 * fraction.length;
  // Two steps: 2 ** -1075 alone is 0 already.
  const half = Math.trunc(exponent / 2);
  const value = Number(BigInt(`0x${whole}${fraction}`)) * 2 ** half * 2 ** (exponent - half);
  if (!Number.isFinite(value)) return undefined;
  return sign === '-' ? -value : value;
}

/**
 * A float64 as Prometheus writes `le` and `quantile` (textparse.formatOpenMetricsFloat): Go's
 * shortest `%g`, with an exponent below 1e-4 and from 1e6 on, and `.0` added to what looks like an
 * integer.
 */
export function formatGoFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}
