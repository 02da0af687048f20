/**
 * Go's strings.ToLower and ToUpper, which map one code point to one (Unicode's simple mappings).
 * JavaScript's own use the full mappings: `ß` becomes `SS`, a final sigma is special, `İ` becomes two.
 */
export function goLowerCase(text: string): string {
  return isAscii(text) ? text.toLowerCase() : mapCodePoints(text, lowerCodePoint);
}

export function goUpperCase(text: string): string {
  return isAscii(text) ? text.toUpperCase() : mapCodePoints(text, upperCodePoint);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return false;
  }
  return true;
}

function mapCodePoints(text: string, map: (char: string) => string): string {
  let mapped = '';
  for (const char of text) mapped += map(char);
  return mapped;
}

function lowerCodePoint(char: string): string {
  // U+0130 is the one letter whose full lower case has two code points; its simple one is `i`.
  return char === '\u0130' ? 'i' : char.toLowerCase();
}

function upperCodePoint(char: string): string {
  const upper = char.toUpperCase();
  return isOneCodePoint(upper) ? upper : simpleUpper(char);
}

/** The simple upper case of a letter whose full one is several: itself, but for Greek iota subscripts. */
function simpleUpper(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0x1f80 && code <= 0x1faf) return String.fromCodePoint(code | 8);
  if (code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3) return String.fromCodePoint(code + 9);
  return char;
}

function isOneCodePoint(text: string): boolean {
  return text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff);
}
