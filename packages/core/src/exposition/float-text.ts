// strconv.ParseFloat's decimal form. Prometheus refuses hexadecimal floats and underscores.
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const infinity = /^[+-]?inf(?:inity)?$/i;

/**
 * The number that `body[start, end)` spells as Prometheus reads it (textparse.parseFloat: Go's
 * strconv.ParseFloat without hexadecimal floats and underscores); undefined where it refuses, which
 * it also does for what is too large for a float64.
 */
export function parseFloatText(body: Uint8Array, start: number, end: number): number | undefined {
  // Nothing longer is a number anybody meant; it keeps a hostile body from making huge strings.
  if (end - start > 4096) return undefined;
  return parseFloatString(String.fromCharCode(...body.subarray(start, end)));
}

export function parseFloatString(text: string): number | undefined {
  if (decimal.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  if (infinity.test(text)) return text[0] === '-' ? -Infinity : Infinity;
  return /^nan$/i.test(text) ? NaN : undefined;
}
