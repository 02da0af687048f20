/**
 * Undoes {@link SnappyCompressor}: snappy block format (google/snappy, format_description.txt) with its
 * length preamble. For requests of our own that are taken apart; it trusts them.
 */
export function uncompress(body: Uint8Array): Uint8Array {
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = body[at++]!;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const out = new Uint8Array(length);
  uncompressElements(body.subarray(at), out);
  return out;
}

/** The same of elements without a preamble: into `out`, which has room for what they hold. */
export function uncompressElements(body: Uint8Array, out: Uint8Array): void {
  let at = 0;
  let end = 0;
  while (at < body.length) {
    const tag = body[at++]!;
    if ((tag & 3) === 0) {
      let literal = tag >>> 2;
      const extra = literal - 59;
      if (extra > 0) {
        literal = 0;
        for (let i = 0; i < extra; i++) literal |= body[at++]! << (8 * i);
      }
      literal++;
      out.set(body.subarray(at, at + literal), end);
      at += literal;
      end += literal;
      continue;
    }
    // The compressor writes copies with one and two bytes of offset only.
    const isShort = (tag & 3) === 1;
    const copy = isShort ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const offset = isShort ? ((tag >>> 5) << 8) | body[at++]! : body[at++]! | (body[at++]! << 8);
    for (let i = 0; i < copy; i++, end++) out[end] = out[end - offset]!;
  }
}
