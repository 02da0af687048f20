import { byte } from './bytes.js';

/**
 * Index just behind the closing quote of the string that opens at `open`, or -1 - the index where it
 * breaks off. As Prometheus' lexers: a backslash takes any one byte but a newline with it.
 *
 * `inValue`: label values may hold NUL, names may not. The lexers step over NULs wherever they are in
 * the state of a label value, behind a backslash and behind the closing quote too.
 */
export function quotedEnd(
  body: Uint8Array,
  open: number,
  length: number,
  inValue: boolean,
  newlines: boolean,
): number {
  let i = open + 1;
  for (; i < length; i++) {
    const c = body[i]!;
    if (c === byte.quote) return inValue ? skipNuls(body, i + 1, length) : i + 1;
    if (c === byte.backslash) {
      i++;
      if (inValue) i = skipNuls(body, i, length);
      if (i >= length || body[i] === byte.newline || body[i] === byte.nul) break;
    } else if ((c === byte.newline && !newlines) || (c === byte.nul && !inValue)) break;
  }
  return -1 - Math.min(i, length);
}

function skipNuls(body: Uint8Array, i: number, length: number): number {
  while (i < length && body[i] === byte.nul) i++;
  return i;
}

/** The escapes of label values and quoted names; any other backslash stays as it is. */
export function unescapeLabel(text: string): string {
  return text.includes('\\') ? text.replace(/\\["\\n]/g, unescaped) : text;
}

/** The text format's HELP knows two escapes only; OpenMetrics' HELP is unescaped like a label. */
export function unescapeHelp(text: string): string {
  return text.includes('\\') ? text.replace(/\\[\\n]/g, unescaped) : text;
}

function unescaped(pair: string): string {
  return pair === '\\n' ? '\n' : pair[1]!;
}
