import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { viewOf } from './byte-blocks.js';
import { readDecimal, readFloat } from './float-text.js';

const encoder = new TextEncoder();

function read(text: string): number | undefined {
  const body = encoder.encode(`x${text}`);
  const target = new Float64Array(2);
  return readFloat(body, viewOf(body), 1, body.length, target, 1) ? target[1] : undefined;
}

describe('readFloat', () => {
  it.each([
    ['1', 1],
    ['+1', 1],
    ['-1', -1],
    ['-0', -0],
    ['.5', 0.5],
    ['5.', 5],
    ['017', 17],
    ['1e3', 1000],
    ['1E3', 1000],
    ['1e+3', 1000],
    ['1e-3', 0.001],
    ['1.5e22', 1.5e22],
    ['1e23', 1e23],
    ['1e-23', 1e-23],
    ['5e-324', 5e-324],
    ['4.9e-324', 5e-324],
    ['1e-400', 0],
    ['0e999999', 0],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['9007199254740993', 9007199254740992],
    ['123456789012345678901234567890', 1.2345678901234568e29],
    ['0.1000000000000000055511151231257827', 0.1],
    ['1e1000000000000000000000', undefined],
    ['1e400', undefined],
    ['inf', Infinity],
    ['+Inf', Infinity],
    ['-INFINITY', -Infinity],
    ['NaN', NaN],
    ['nan', NaN],
    ['+NaN', undefined],
    ['-nan', undefined],
    ['infin', undefined],
    ['0x1', undefined],
    ['0x1p-2', undefined],
    ['1_000', undefined],
    ['1e', undefined],
    ['1e+', undefined],
    ['e5', undefined],
    ['.', undefined],
    ['.e1', undefined],
    ['-', undefined],
    ['+', undefined],
    ['--1', undefined],
    ['1,5', undefined],
    ['1d', undefined],
    ['1 ', undefined],
    ['', undefined],
    ['Number', undefined],
    ['\u0661', undefined],
    ['NaN\0', undefined],
  ])('%s', (text, value) => {
    expect(read(text)).toBe(value);
  });

  it('is bit for bit what Number() makes of any decimal', () => {
    const digits = fc.stringMatching(/^[0-9]{0,25}$/);
    const exponent = fc.option(fc.integer({ min: -340, max: 310 }), { nil: undefined });
    const decimal = fc
      .tuple(digits, fc.boolean(), digits, exponent, fc.boolean())
      .filter(([whole, , fraction]) => whole + fraction !== '')
      .map(([whole, point, fraction, exp, isNegative]) => {
        const mantissa = point || fraction !== '' ? `${whole}.${fraction}` : whole;
        return `${isNegative ? '-' : ''}${mantissa}${exp === undefined ? '' : `e${exp}`}`;
      });
    fc.assert(
      fc.property(decimal, (text) => {
        const value = Number(text);
        expect(read(text)).toBe(Number.isFinite(value) ? value : undefined);
      }),
      { numRuns: 5_000 },
    );
  });

  it('reads back every float64 in its shortest form and with any number of digits', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 1, max: 30 }),
        (value, precision) => {
          expect(read(String(value))).toBe(Number(String(value)));
          const written = value.toPrecision(precision);
          expect(read(written)).toBe(
            Number.isFinite(Number(written)) ? Number(written) : undefined,
          );
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('is right next to the middle between two float64s', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }),
        fc.constantFrom(-1n, 0n, 1n),
        fc.integer({ min: -25, max: 5 }),
        (mantissa, aside, exponent) => {
          const text = `${(2n * mantissa + 1n) * 10n + aside}e${exponent}`;
          expect(read(text)).toBe(Number(text));
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe('readDecimal', () => {
  it.each([
    ['12 34', 2],
    ['1.5\n', 3],
    ['-1e5,', 4],
    ['x', 0],
    ['-', 0],
    ['1e', 0],
    ['NaN', 0],
  ])('%j ends at %i', (text, end) => {
    const body = encoder.encode(text);
    expect(readDecimal(body, viewOf(body), 0, body.length, new Float64Array(1), 0)).toBe(end);
  });

  it('never looks behind the length it is given', () => {
    const target = new Float64Array(1);
    for (const text of ['12345678', '1.345678', '12345e12', '-2345678']) {
      const body = encoder.encode(text);
      for (let length = 1; length < text.length; length++) {
        target[0] = Number.NaN;
        const end = readDecimal(body, viewOf(body), 0, length, target, 0);
        const value = Number(text.slice(0, length));
        expect([text, length, end]).toEqual([text, length, Number.isNaN(value) ? 0 : length]);
        if (end > 0) expect(target[0]).toBe(value);
      }
    }
  });
});
