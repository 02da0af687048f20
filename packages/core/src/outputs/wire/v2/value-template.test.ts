import fc from 'fast-check';
import { expect, it } from 'vitest';
import { zeroBytesOf } from './value-template.js';

it.each([
  [0, 6],
  [-0, 6],
  [1, 6],
  [31, 5],
  [2 ** 20, 3],
  [2 ** 30, 2],
  [2 ** 31, 2],
  [2 ** 40, 1],
  [2 ** 47, 0],
  [2 ** 60, 0],
  [0.5, 0],
  [Infinity, 0],
  [Number.NaN, 0],
])('%d leaves %d bytes at zero, and some room to grow', (value, zeros) => {
  expect(zeroBytesOf(value)).toBe(zeros);
});

it('never takes a byte for zero that is none', () => {
  const value = fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger());
  fc.assert(
    fc.property(value, fc.integer({ min: 1, max: 7 }), (one, factor) => {
      const view = new DataView(new ArrayBuffer(8));
      for (const grown of Number.isInteger(one) ? [one, one * factor] : [one]) {
        view.setFloat64(0, grown, true);
        for (let i = 0; i < zeroBytesOf(one); i++) expect(view.getUint8(i)).toBe(0);
      }
    }),
  );
});
