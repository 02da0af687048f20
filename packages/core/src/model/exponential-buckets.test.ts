import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exponentialBound, exponentialIndex, schemaOf } from './exponential-buckets.js';

/** 2^exponent × mantissa, exactly. */
function exactly(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  if (biased === 0) return { mantissa: fraction, exponent: -1074 };
  return { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

/** Whether value ≤ 2^(index / 2^schema), without rounding: both sides to the power of 2^schema. */
function isAtMost(value: number, index: number, schema: number): boolean {
  const { mantissa, exponent } = exactly(value);
  const power = schema > 0 ? 2 ** schema : 1;
  const left = mantissa ** BigInt(power);
  const shift = (schema > 0 ? index : index * 2 ** -schema) - exponent * power;
  return shift >= 0 && left <= 1n << BigInt(shift);
}

const schemas = fc.integer({ min: -4, max: 8 });
const magnitudes = fc
  .oneof(
    fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    fc.double({ min: 0.001, max: 100, noNaN: true }),
  )
  .filter((value) => value > 0);

describe('exponentialIndex', () => {
  it('is the exact bucket of any number', () => {
    fc.assert(
      fc.property(magnitudes, schemas, (value, schema) => {
        const index = exponentialIndex(value, schema);
        const isBound = [index - 1, index].some((i) => exponentialBound(i, schema) === value);
        // A bound is a rounded number: on which side of the true one it lies is not the question.
        if (isBound) return;
        expect(isAtMost(value, index, schema)).toBe(true);
        expect(isAtMost(value, index - 1, schema)).toBe(false);
      }),
    );
  });

  it('has bounds inside, and what is next to them outside', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), schemas, (index, schema) => {
        const bound = exponentialBound(index, schema);
        if (bound === 0 || bound > 1e300 || bound < 1e-300) return;
        expect(exponentialIndex(bound, schema)).toBe(index);
        expect(exponentialIndex(bound * (1 + 2 ** -52), schema)).toBe(index + 1);
      }),
    );
  });

  it.each([
    [1, 0, 0],
    [1, 8, 0],
    [2, 0, 1],
    [2.0000000000000004, 0, 2],
    [0.5, 0, -1],
    [4, -1, 1],
    [4.5, -1, 2],
    [16, -2, 1],
    [0.9, -4, 0],
    [2 ** -16, -4, -1],
    [5e-324, 0, -1074],
    [5e-324, -4, -67],
    [Number.MAX_VALUE, 0, 1024],
    [Infinity, 0, 1025],
    [Infinity, 8, 262_145],
    [Infinity, -4, 65],
  ])('of %d with the schema %d is %d', (value, schema, index) => {
    expect(exponentialIndex(value, schema)).toBe(index);
  });
});

describe('schemaOf', () => {
  it.each([
    [1.0001, 8],
    [1.1, 3],
    [2 ** (1 / 8), 3],
    [1.0905, 4],
    [2, 0],
    [3, 0],
    [4, -1],
    [65_536, -4],
    [1e9, -4],
  ])('of the factor %d is %d', (factor, schema) => {
    expect(schemaOf(factor)).toBe(schema);
  });
});
