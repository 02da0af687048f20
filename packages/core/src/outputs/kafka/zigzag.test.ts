import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readZigzag, writeZigzag, zigzagLength } from './zigzag.js';

it('a number of 32 bits is read as it was written, in as many bytes as were said', () => {
  const extremes = [0, -1, 1, 63, -64, 64, 2 ** 28, 2 ** 31 - 1, -(2 ** 31)].map(
    (n) => [n] as [number],
  );
  fc.assert(
    fc.property(fc.integer(), (value) => {
      const bytes = new Uint8Array(5);
      const end = writeZigzag(bytes, 0, value);
      expect(readZigzag(bytes, 0)).toEqual({ value, end });
      expect(zigzagLength(value)).toBe(end);
    }),
    { examples: extremes },
  );
});
