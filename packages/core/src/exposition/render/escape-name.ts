import type { EscapingScheme } from '../content-type.js';
import { isPlainMetricName } from './text-format.js';

/**
 * A metric's or label's name for a reader that asked for `scheme` (prometheus/common
 * model.EscapeMetricFamily): one that is plain already stays as it is.
 */
export function escapedName(name: string, scheme: EscapingScheme): string {
  return scheme === 'allow-utf-8' || isPlainMetricName(name) ? name : escapeName(name, scheme);
}

/** The scheme itself (model.EscapeName); `dots` and `values` change underscores too. */
export function escapeName(name: string, scheme: EscapingScheme): string {
  if (name === '' || scheme === 'allow-utf-8') return name;
  if (scheme !== 'dots' && isPlainMetricName(name)) return name;
  let escaped = scheme === 'values' ? 'U__' : '';
  let isFirst = true;
  for (const character of name) {
    const isPlain = isFirst ? /[a-zA-Z_:]/.test(character) : /[a-zA-Z0-9_:]/.test(character);
    escaped += isPlain && character !== '_' ? character : replacement(character, scheme);
    isFirst = false;
  }
  return escaped;
}

function replacement(character: string, scheme: EscapingScheme): string {
  if (scheme === 'underscores') return '_';
  if (character === '_') return '__';
  if (scheme === 'dots') return character === '.' ? '_dot_' : '__';
  const code = character.codePointAt(0) as number;
  return `_${(isSurrogate(code) ? 0xfffd : code).toString(16)}_`;
}

/** The name that was escaped with `scheme` (model.UnescapeName); the input where it was not. */
export function unescapeName(name: string, scheme: EscapingScheme): string {
  if (scheme === 'dots') return name.replaceAll('_dot_', '.').replaceAll('__', '_');
  if (scheme !== 'values' || !name.startsWith('U__')) return name;
  // Up to five digits: the reference gives up at the sixth character, be it the closing underscore.
  const piece = /[^_]+|__|_([0-9a-fA-F]{1,5})_/y;
  let unescaped = '';
  for (let at = 3; at < name.length; at = piece.lastIndex) {
    piece.lastIndex = at;
    const match = piece.exec(name);
    if (match === null) return name;
    const [text, hexadecimal] = match;
    const code = hexadecimal === undefined ? -1 : Number.parseInt(hexadecimal, 16);
    if (isSurrogate(code)) return name;
    if (code >= 0) unescaped += String.fromCodePoint(code);
    else unescaped += text === '__' ? '_' : text;
  }
  return unescaped;
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xe000;
}
