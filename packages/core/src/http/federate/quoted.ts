import type { SelectorReader } from './selector-reader.js';

const controls: Readonly<Record<string, number>> = {
  ...{ a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '\\': 92, '"': 34, "'": 39 },
};

/** Digits, base and greatest value of the numeric escapes (prometheus promql/parser/lex.go). */
const numeric: Readonly<Record<string, readonly [digits: number, base: 8 | 16, isByte: boolean]>> =
  {
    x: [2, 16, true],
    u: [4, 16, false],
    U: [8, 16, false],
  };

/**
 * A string literal of PromQL: "…" and '…' with Go's escapes, `…` without any. Undefined when none
 * starts here. Escapes of single bytes (`\xc3\xa9`) may spell UTF-8.
 */
export function readQuoted(reader: SelectorReader): string | undefined {
  const start = reader.at;
  const quote = reader.take(/["'`]/y);
  if (quote === undefined) return undefined;
  if (quote === '`') {
    const raw = reader.take(/[^`]*/y) ?? '';
    if (!reader.takeText('`')) throw reader.error(start, 'unterminated raw string');
    return raw;
  }
  const parts: Uint8Array[] = [];
  while (!reader.takeText(quote)) {
    const plain = reader.take(quote === '"' ? /[^"\\\n]+/y : /[^'\\\n]+/y);
    if (plain !== undefined) parts.push(Buffer.from(plain));
    else if (reader.takeText('\\')) parts.push(readEscape(reader, quote));
    else throw reader.error(start, 'unterminated quoted string');
  }
  return Buffer.concat(parts).toString();
}

/** The bytes of an escape whose backslash has been read. */
function readEscape(reader: SelectorReader, quote: string): Uint8Array {
  const at = reader.at - 1;
  const kind = reader.next;
  const control = controls[kind];
  if (control !== undefined && (kind === quote || !(kind === '"' || kind === "'"))) {
    reader.at++;
    return Uint8Array.of(control);
  }
  const isOctal = kind >= '0' && kind <= '7';
  const [digits, base, isByte] = isOctal ? ([3, 8, true] as const) : (numeric[kind] ?? []);
  if (digits === undefined) {
    throw reader.error(at, `unknown escape sequence ${JSON.stringify(`\\${kind}`)}`);
  }
  if (!isOctal) reader.at++;
  const text = reader.text.slice(reader.at, reader.at + digits);
  const valid = base === 8 ? /^[0-7]+$/.test(text) : /^[0-9a-fA-F]+$/.test(text);
  if (text.length < digits || !valid)
    throw reader.error(at, 'illegal character in escape sequence');
  reader.at += digits;
  return escapedBytes(reader, at, Number.parseInt(text, base), isByte === true);
}

function escapedBytes(
  reader: SelectorReader,
  at: number,
  code: number,
  isByte: boolean,
): Uint8Array {
  const isSurrogate = code >= 0xd800 && code < 0xe000;
  if (code > (isByte ? 0xff : 0x10ffff) || isSurrogate) {
    throw reader.error(at, 'escape sequence is an invalid Unicode code point');
  }
  return isByte ? Uint8Array.of(code) : Buffer.from(String.fromCodePoint(code));
}
