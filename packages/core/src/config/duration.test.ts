import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.js';

test.each([
  ['0', 0],
  ['1h30m', 5_400_000],
  ['1y', 31_536_000_000],
  ['1h1m1s1ms', 3_661_001],
  ['292y', 9_208_512_000_000],
  ['293y', undefined],
  ['1m1h', undefined],
  ['1.5s', undefined],
  ['-1s', undefined],
  ['15', undefined],
  ['15 s', undefined],
  ['1S', undefined],
  ['', undefined],
])('%j is %s ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  [0, '0s'],
  [90_000, '1m30s'],
  [1_209_600_000, '2w'],
  [1_990_800_000, '23d1h'],
])('%s ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.nat(9_000_000_000_000), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms);
    }),
  );
});
