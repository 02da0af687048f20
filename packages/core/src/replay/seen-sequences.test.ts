import { expect, test } from 'vitest';
import { SeenSequences } from './seen-sequences.js';

test('a sequence number at another offset is a repeat, at the same offset it is none', () => {
  const seen = new SeenSequences();
  expect(seen.add('a', 5, 100)).toBe(true);
  expect(seen.add('a', 7, 101)).toBe(true);
  // Fetched again.
  expect(seen.add('a', 5, 100)).toBe(true);
  expect(seen.add('a', 5, 102)).toBe(false);
  expect(seen.add('a', 7, 103)).toBe(false);
  // Late, but new.
  expect(seen.add('a', 6, 104)).toBe(true);
  expect(seen.add('a', 6, 105)).toBe(false);
  expect(seen.add('b', 5, 106)).toBe(true);
});

test('the last 256 of a stream are known', () => {
  const seen = new SeenSequences();
  for (let i = 0; i < 2_000; i++) expect(seen.add('a', i, i)).toBe(true);
  for (let i = 2_000 - 256; i < 2_000; i++) expect(seen.add('a', i, i + 5_000)).toBe(false);
});
