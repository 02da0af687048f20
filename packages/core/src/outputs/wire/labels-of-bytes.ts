/**
 * Reads labels as remote-write 1.0 bytes (repeated Label fields). Names and values are handed over as
 * the latin1 reading of their UTF-8 bytes, which takes no decoding.
 */
export function labelsOfBytes(
  bytes: Uint8Array,
  take: (name: string, value: string) => void,
): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < text.length; ) {
    // Label { name = 1; value = 2 } behind its tag and length.
    at = skipVarint(text, at + 1) + 1;
    const nameLength = varintAt(text, at);
    at = skipVarint(text, at);
    const name = text.toString('latin1', at, at + nameLength);
    at += nameLength + 1;
    const valueLength = varintAt(text, at);
    at = skipVarint(text, at);
    take(name, text.toString('latin1', at, at + valueLength));
    at += valueLength;
  }
}

function skipVarint(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at]! > 0x7f) at++;
  return at + 1;
}

function varintAt(bytes: Uint8Array, start: number): number {
  let value = 0;
  for (let at = start, shift = 0; ; shift += 7) {
    const byte = bytes[at++]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}
