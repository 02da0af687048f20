import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filledBuckets } from '../../model/filled-buckets.js';
import type { HistogramSample } from '../../model/histogram.js';
import { limitBuckets, schemaOfFactor } from './bucket-limit.js';

function histogram(schema: number, indexes: readonly number[]): HistogramSample {
  const spans: { offset: number; length: number }[] = [];
  let next = 0;
  for (const index of indexes) {
    if (spans.length > 0 && index === next) spans.at(-1)!.length++;
    else spans.push({ offset: index - next, length: 1 });
    next = index + 1;
  }
  return {
    schema,
    zeroThreshold: 0,
    zeroCount: 0,
    positiveSpans: spans,
    positiveCounts: indexes.map((_, i) => i + 1),
    negativeSpans: [],
    negativeCounts: [],
    count: 0,
    sum: 0,
    customValues: [],
    isFloat: false,
    isGauge: false,
  };
}

/** Counts by bucket index. */
function buckets({ positiveSpans, positiveCounts }: HistogramSample): Map<number, number> {
  return new Map(filledBuckets(positiveSpans, positiveCounts));
}

test('buckets that are within the limit stay as they are', () => {
  const three = histogram(0, [1, 2, 3]);
  expect(limitBuckets(three, 3, 8)).toBe(three);
  expect(limitBuckets(three, 0, 8)).toBe(three);
});

test('resolution is halved until the buckets fit', () => {
  // Index i covers (2^(i-1), 2^i]: two neighbours (odd, even) make one of schema -1.
  const limited = limitBuckets(histogram(0, [1, 2, 3, 4, 9]), 3, 8)!;
  expect(limited.schema).toBe(-1);
  expect(buckets(limited)).toEqual(
    new Map([
      [1, 3],
      [2, 7],
      [5, 5],
    ]),
  );
});

test('what never fits is refused, custom buckets at once', () => {
  expect(limitBuckets(histogram(-4, [1, 5]), 1, 8)).toBeUndefined();
  expect(limitBuckets(histogram(-53, [0, 1]), 1, 8)).toBeUndefined();
  expect(limitBuckets(histogram(-53, [0, 1]), 2, -4)?.schema).toBe(-53);
});

test('a least growth factor takes the resolution down at once', () => {
  expect(limitBuckets(histogram(8, [1, 2]), 0, 3)?.schema).toBe(3);
  expect(limitBuckets(histogram(2, [1, 2]), 0, 3)?.schema).toBe(2);
});

test.each([
  [0, 8],
  [1, 8],
  [1.002, 8],
  [1.1, 2],
  [2, 0],
  [4, -1],
  [65536, -4],
  [1e300, -4],
])('factor %d is schema %d', (factor, schema) => {
  expect(schemaOfFactor(factor)).toBe(schema);
});

test('no count is lost, and every bucket lies where Prometheus puts it', () => {
  const indexes = fc.uniqueArray(fc.integer({ min: -500, max: 500 }), { minLength: 1 });
  fc.assert(
    fc.property(indexes, fc.integer({ min: -4, max: 7 }), (unsorted, finest) => {
      const all = histogram(
        8,
        unsorted.sort((a, b) => a - b),
      );
      const expected = new Map<number, number>();
      for (const [index, count] of buckets(all)) {
        const target = Math.ceil(index / 2 ** (8 - finest));
        expected.set(target, (expected.get(target) ?? 0) + count);
      }
      expect(buckets(limitBuckets(all, 0, finest)!)).toEqual(expected);
    }),
  );
});
