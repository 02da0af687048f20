import { varintLength, writeVarint } from '../wire/varint.js';

/** Writes a whole number of 32 bits as Kafka's records do (zigzag varint); returns the position after it. */
export function writeZigzag(target: Uint8Array, at: number, value: number): number {
  return writeVarint(target, at, zigzagOf(value));
}

export function zigzagLength(value: number): number {
  return varintLength(zigzagOf(value));
}

function zigzagOf(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

/** The same with up to 53 bits. */
export function writeLongZigzag(target: Uint8Array, at: number, value: number): number {
  let rest = value < 0 ? -value * 2 - 1 : value * 2;
  let end = at;
  while (rest > 0x7f) {
    target[end++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  target[end++] = rest;
  return end;
}

export function longZigzagLength(value: number): number {
  let rest = value < 0 ? -value * 2 - 1 : value * 2;
  let length = 1;
  for (; rest > 0x7f; length++) rest = Math.floor(rest / 0x80);
  return length;
}

/** Reads what {@link writeZigzag} has written. */
export function readZigzag(bytes: Uint8Array, at: number): { value: number; end: number } {
  let bits = 0;
  let end = at;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[end++]!;
    bits |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return { value: (bits >>> 1) ^ -(bits & 1), end };
}
