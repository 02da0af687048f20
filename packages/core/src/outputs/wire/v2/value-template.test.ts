import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SymbolTable } from './symbol-table.js';
import { pinned, ValueTemplate, zeroBytesOf } from './value-template.js';

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

/** A template whose bytes are its values' alone, without those that are zero. */
function templateOf(values: readonly number[], known: readonly number[]): ValueTemplate {
  const whole = Buffer.from(Float64Array.from(values).buffer);
  const holes: number[] = [];
  const kept: Uint8Array[] = [];
  let end = 0;
  known.forEach((zeros, i) => {
    holes.push(end);
    if (zeros === pinned) return;
    kept.push(whole.subarray(8 * i + zeros, 8 * i + 8));
    end += 8 - zeros;
  });
  return new ValueTemplate({
    bytes: Uint8Array.from(Buffer.concat(kept)),
    uncompressedBytes: 0,
    symbols: new SymbolTable(),
    holes: Int32Array.from(holes),
    known: Uint8Array.from(known),
    values: Float64Array.from(values),
    timeHoles: [],
  });
}

it.each([0, 1, 2, 3, 4, 5, 6, 7])('writes all bytes above %d that are zero', (zeros) => {
  const number = (last: number) => {
    const bytes = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, last], (byte, i) => (i < zeros ? 0 : byte));
    return new Float64Array(bytes.buffer)[0]!;
  };
  const template = templateOf([number(8), number(8)], [zeros, zeros]);
  expect(template.fill(Float64Array.of(number(8), number(9)), 0, 0)).toBe(true);
  const expected = templateOf([number(8), number(9)], [zeros, zeros]);
  expect(template.bytes).toEqual(expected.bytes);
});

it.each([
  [0, -0],
  [-0, 0],
  [1, Number.NaN],
  [Number.NaN, 1],
  [Number.NaN, Number.NaN],
])('%d may become %d and come back', (one, other) => {
  const template = templateOf([one], [0]);
  for (const value of [other, one, other]) {
    expect(template.fill(Float64Array.of(value), 0, 0)).toBe(true);
    expect(new Float64Array(template.bytes.buffer)[0]).toBe(value);
  }
});

it('is built anew for a constant zero that becomes negative', () => {
  const template = templateOf([0, 1], [pinned, 0]);
  expect(template.fill(Float64Array.of(0, 2), 0, 0)).toBe(true);
  expect(template.fill(Float64Array.of(-0, 2), 0, 0)).toBe(false);
});

it('is not built anew for the few values that rest since a look', () => {
  const values = Float64Array.from({ length: 100 }, (_, i) => i + 0.5);
  const template = templateOf(
    [...values],
    [...values].map(() => 0),
  );
  for (let scrape = 0; scrape < 100; scrape++) {
    for (let i = 2; i < 100; i++) values[i]! += 1;
    expect(template.fill(values, 0, 0)).toBe(true);
    expect(template.isRipe).toBe(false);
  }
});
