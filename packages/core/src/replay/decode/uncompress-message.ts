import { MalformedMessage } from './decoded-message.js';

/** More is no scrape: it would be a way to fill the memory with a few bytes. */
const mostBytes = 256 * 2 ** 20;

/** Undoes snappy's block format as anybody may write it. Throws MalformedMessage. */
export function uncompressMessage(body: Uint8Array): Uint8Array {
  const { length, from } = preamble(body);
  const out = new Uint8Array(length);
  let at = from;
  let end = 0;
  while (at < body.length) {
    const tag = body[at++]!;
    if ((tag & 3) === 0) {
      const extra = Math.max(0, (tag >>> 2) - 59);
      const literal = extra === 0 ? (tag >>> 2) + 1 : littleEndian(body, at, extra) + 1;
      at += extra;
      if (at + literal > body.length || end + literal > length) throw broken();
      out.set(body.subarray(at, at + literal), end);
      at += literal;
      end += literal;
      continue;
    }
    const copy = copyAt(body, at, tag);
    at += copy.bytes;
    if (copy.offset === 0 || copy.offset > end || end + copy.length > length) throw broken();
    for (let i = 0; i < copy.length; i++, end++) out[end] = out[end - copy.offset]!;
  }
  if (end !== length) throw broken();
  return out;
}

function preamble(body: Uint8Array): { length: number; from: number } {
  let length = 0;
  for (let at = 0; at < Math.min(5, body.length); at++) {
    length += (body[at]! & 0x7f) * 2 ** (7 * at);
    if (body[at]! > 0x7f) continue;
    if (length > mostBytes) throw new MalformedMessage(`it says to hold ${length} bytes`);
    return { length, from: at + 1 };
  }
  throw broken();
}

/** With one, two and four bytes of offset (format_description.txt 2.2). */
function copyAt(body: Uint8Array, at: number, tag: number) {
  const kind = tag & 3;
  if (kind === 1) {
    const offset = ((tag >>> 5) << 8) | littleEndian(body, at, 1);
    return { length: ((tag >>> 2) & 7) + 4, offset, bytes: 1 };
  }
  const bytes = kind === 2 ? 2 : 4;
  return { length: (tag >>> 2) + 1, offset: littleEndian(body, at, bytes), bytes };
}

function littleEndian(body: Uint8Array, at: number, bytes: number): number {
  if (at + bytes > body.length) throw broken();
  let value = 0;
  for (let i = bytes - 1; i >= 0; i--) value = value * 256 + body[at + i]!;
  return value;
}

function broken(): MalformedMessage {
  return new MalformedMessage('it is not compressed with snappy, or it is cut short');
}
