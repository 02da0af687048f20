import { describe, expect, it } from 'vitest';
import { varintLength, writeInt64Varint, writeVarint } from './varint.js';

// From protobuf's encoding guide, computed there by hand.
const lengths: [value: number, bytes: number[]][] = [
  [0, [0]],
  [1, [1]],
  [127, [0x7f]],
  [128, [0x80, 0x01]],
  [150, [0x96, 0x01]],
  [16_383, [0xff, 0x7f]],
  [16_384, [0x80, 0x80, 0x01]],
  [2_097_151, [0xff, 0xff, 0x7f]],
  [2_097_152, [0x80, 0x80, 0x80, 0x01]],
  [2 ** 28 - 1, [0xff, 0xff, 0xff, 0x7f]],
  [2 ** 28, [0x80, 0x80, 0x80, 0x80, 0x01]],
  [2 ** 31 - 1, [0xff, 0xff, 0xff, 0xff, 0x07]],
];

describe('writeVarint', () => {
  it.each(lengths)('%d', (value, bytes) => {
    const target = new Uint8Array(16);
    expect(writeVarint(target, 2, value)).toBe(2 + bytes.length);
    expect([...target.subarray(2, 2 + bytes.length)]).toEqual(bytes);
    expect(varintLength(value)).toBe(bytes.length);
  });
});

describe('writeInt64Varint', () => {
  const values = [
    0,
    1,
    -1,
    127,
    128,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 35 - 1,
    2 ** 35,
    1_763_721_600_123,
    2 ** 42 - 1,
    2 ** 42,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    -(2 ** 32),
    -(2 ** 42) - 1,
    2 ** 62,
    -(2 ** 63),
  ];
  it.each(values)('%d reads back', (value) => {
    const target = new Uint8Array(10);
    const end = writeInt64Varint(target, 0, value);
    let read = 0n;
    for (let i = end - 1; i >= 0; i--) read = (read << 7n) | BigInt(target[i]! & 0x7f);
    expect(BigInt.asIntN(64, read)).toBe(BigInt(value));
    expect(target.subarray(0, end - 1).every((byte) => byte > 0x7f)).toBe(true);
    expect(target[end - 1]).toBeLessThan(0x80);
  });
});
