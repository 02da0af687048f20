import { expect, test } from 'vitest';
import { murmur2, partitionOf } from './murmur2.js';

// Those of Kafka's own UtilsTest.testMurmur2.
const known: readonly [key: string, hash: number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
];

test.each(known)('%s has the hash that it has in Java', (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash);
});

test('a hash below zero loses its sign bit, as in Java', () => {
  expect(partitionOf(-973932308, 12)).toBe((-973932308 & 0x7fffffff) % 12);
  expect(partitionOf(-1, 1)).toBe(0);
});
