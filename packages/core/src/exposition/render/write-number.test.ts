import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteSink } from './byte-sink.js';
import { floatText } from './text-format.js';
import { writeFloat, writeInteger } from './write-number.js';

function written(write: (sink: ByteSink) => void): string {
  const sink = new ByteSink();
  write(sink);
  return Buffer.concat(sink.takeAll()).toString();
}

// What Go's strconv.FormatFloat(value, 'g', -1, 64) gives, and expfmt's own words for some.
const floats: [value: number, text: string, pointed: string][] = [
  [0, '0', '0.0'],
  [-0, '0', '0.0'],
  [-1, '-1', '-1.0'],
  [0.1, '0.1', '0.1'],
  [100, '100', '100.0'],
  [999_999, '999999', '999999.0'],
  [1_000_000, '1e+06', '1e+06'],
  [-1_048_576, '-1.048576e+06', '-1.048576e+06'],
  [1_234_567.5, '1.2345675e+06', '1.2345675e+06'],
  [10_200_000_000, '1.02e+10', '1.02e+10'],
  [Number.MAX_SAFE_INTEGER, '9.007199254740991e+15', '9.007199254740991e+15'],
  [2 ** 53, '9.007199254740992e+15', '9.007199254740992e+15'],
  [1e22, '1e+22', '1e+22'],
  [999_999.999_999_999, '999999.999999999', '999999.999999999'],
  [-0.000_100_001, '-0.000100001', '-0.000100001'],
  [0.1 + 0.2, '0.30000000000000004', '0.30000000000000004'],
  [1.5e-5, '1.5e-05', '1.5e-05'],
  [0.0001, '0.0001', '0.0001'],
  [5e-324, '5e-324', '5e-324'],
  [Number.MAX_VALUE, '1.7976931348623157e+308', '1.7976931348623157e+308'],
  [NaN, 'NaN', 'NaN'],
  [Infinity, '+Inf', '+Inf'],
  [-Infinity, '-Inf', '-Inf'],
];

describe('a float', () => {
  it.each(floats)('%d', (value, text, pointed) => {
    expect(written((sink) => writeFloat(sink, value, false))).toBe(text);
    expect(written((sink) => writeFloat(sink, value, true))).toBe(pointed);
  });

  it('has the same text as bytes and as a string, and is read back as it was', () => {
    const decimal = fc
      .tuple(fc.maxSafeInteger(), fc.nat(14))
      .map(([digits, places]) => digits / 10 ** places);
    const values = fc.oneof(
      fc.double(),
      fc.double({ min: -1e6, max: 1e6 }),
      decimal,
      fc.integer(),
      fc.maxSafeInteger(),
    );
    fc.assert(
      fc.property(values, fc.boolean(), (value, pointed) => {
        const text = written((sink) => writeFloat(sink, value, pointed));
        expect(text).toBe(floatText(value, pointed));
        expect(Number(text.replace('Inf', 'Infinity'))).toBe(value + 0);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('an integer', () => {
  it.each([0, -5, 1_700_000_000_123, 2 ** 30, 2 ** 31, Number.MIN_SAFE_INTEGER])('%d', (value) => {
    expect(written((sink) => writeInteger(sink, value))).toBe(String(value));
  });

  it('above 2^53 has all digits of the float', () => {
    expect(written((sink) => writeInteger(sink, 2 ** 64))).toBe('18446744073709551616');
  });
});
