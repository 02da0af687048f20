/** Bytes of `value` as a protobuf varint; `value` below 2^32. */
export function varintLength(value: number): number {
  if (value < 1 << 7) return 1;
  if (value < 1 << 14) return 2;
  if (value < 1 << 21) return 3;
  return value < 1 << 28 ? 4 : 5;
}

/** Writes `value` (below 2^32) at `at`; returns the position after it. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value;
  let end = at;
  while (rest > 0x7f) {
    target[end++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[end++] = rest;
  return end;
}

/**
 * Writes a whole number as a protobuf int64 varint; returns the position after it. A negative one
 * takes ten bytes, two's complement (protobuf encoding guide, "Signed Integers").
 */
export function writeInt64Varint(target: Uint8Array, at: number, value: number): number {
  let low = value >>> 0;
  let high = Math.floor(value / 0x1_0000_0000) >>> 0;
  let end = at;
  while (high > 0 || low > 0x7f) {
    target[end++] = (low & 0x7f) | 0x80;
    low = ((low >>> 7) | (high << 25)) >>> 0;
    high >>>= 7;
  }
  target[end++] = low;
  return end;
}
