import type { TimeSlice } from '../self/time-slice.js';

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * The objects of a JSON list, parsed one by one with the event loop in between: JSON.parse of a file of
 * ten thousand targets holds it for tens of ms. Undefined for a text that is no list of objects or no
 * JSON: JSON.parse has the words for it.
 */
export async function parseObjectList(
  text: string,
  slice: TimeSlice,
): Promise<unknown[] | undefined> {
  const objects: unknown[] = [];
  let at = skipBlanks(text, 0);
  if (text[at] !== '[') return undefined;
  at = skipBlanks(text, at + 1);
  if (text[at] === ']') return skipBlanks(text, at + 1) === text.length ? [] : undefined;
  for (;;) {
    const end = objectEnd(text, at);
    const value = end < 0 ? undefined : parseObject(text.slice(at, end));
    if (value === undefined) return undefined;
    objects.push(value);
    at = skipBlanks(text, end);
    const separator = text[at];
    at = skipBlanks(text, at + 1);
    if (separator === ']') return at === text.length ? objects : undefined;
    if (separator !== ',') return undefined;
    if (slice.spent) await slice.pause();
  }
}

function parseObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Behind the brace that closes the one at `start`; negative when there is none. */
function objectEnd(text: string, start: number): number {
  if (text.charCodeAt(start) !== openBrace) return -1;
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === quote) {
      at = stringEnd(text, at);
      if (at < 0) return -1;
    } else if (char === openBrace) depth++;
    else if (char === closeBrace && --depth === 0) return at + 1;
  }
  return -1;
}

/** The quote that closes the one at `start`; negative when there is none. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === backslash) backslashes++;
  return backslashes % 2 === 1;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++;
  return at;
}
