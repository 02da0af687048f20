import { describe, expect, it } from 'vitest';
import type { HistogramSample } from '../model/histogram.js';
import { nativeBuckets } from './native-buckets.js';

function histogram(fields: Partial<HistogramSample>): HistogramSample {
  return {
    schema: 0,
    count: 0,
    sum: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    positiveSpans: [],
    positiveCounts: [],
    negativeSpans: [],
    negativeCounts: [],
    customValues: [],
    isFloat: false,
    isGauge: false,
    ...fields,
  };
}

/** The upper bound of the bucket `index`. */
function boundOf(schema: number, index: number): number | undefined {
  const spans = [{ offset: index, length: 1 }];
  return nativeBuckets(histogram({ schema, positiveSpans: spans, positiveCounts: [1] }))[0]?.upper;
}

describe('nativeBuckets', () => {
  it('goes from the lowest to the highest and leaves out what is empty', () => {
    const buckets = nativeBuckets(
      histogram({
        zeroThreshold: 0.25,
        zeroCount: 3,
        positiveSpans: [
          { offset: 0, length: 2 },
          { offset: 1, length: 1 },
        ],
        positiveCounts: [1, 0, 2],
        negativeSpans: [{ offset: 0, length: 2 }],
        negativeCounts: [4, 5],
      }),
    );
    expect(buckets).toEqual([
      { boundaries: 1, lower: -2, upper: -1, count: 5 },
      { boundaries: 1, lower: -1, upper: -0.5, count: 4 },
      { boundaries: 3, lower: -0.25, upper: 0.25, count: 3 },
      { boundaries: 0, lower: 0.5, upper: 1, count: 1 },
      { boundaries: 0, lower: 4, upper: 8, count: 2 },
    ]);
  });

  it('a zero bucket covers a part of the bucket beside it', () => {
    const beside = { positiveSpans: [{ offset: 0, length: 1 }], positiveCounts: [1] };
    expect(nativeBuckets(histogram({ ...beside, zeroThreshold: 0.75 }))).toEqual([
      { boundaries: 0, lower: 0.75, upper: 1, count: 1 },
    ]);
  });

  it('custom buckets end at their values, the first begins and the last ends at infinity', () => {
    const custom = {
      schema: -53,
      customValues: [-1, 2],
      positiveSpans: [{ offset: 0, length: 3 }],
      positiveCounts: [1, 2, 3],
    };
    expect(nativeBuckets(histogram(custom))).toEqual([
      { boundaries: 3, lower: -Infinity, upper: -1, count: 1 },
      { boundaries: 0, lower: -1, upper: 2, count: 2 },
      { boundaries: 0, lower: 2, upper: Infinity, count: 3 },
    ]);
  });

  // Bounds that Prometheus' own tests give (model/histogram).
  it.each([
    [-1, -1, 0.25],
    [-1, 0, 1],
    [-1, 1, 4],
    [-1, 512, Number.MAX_VALUE],
    [-1, 513, Infinity],
    [0, 1024, Number.MAX_VALUE],
    [0, 1025, Infinity],
    [2, -1, 0.8408964152537144],
    [2, 0, 1],
    [2, 1, 1.189207115002721],
    [2, 4096, Number.MAX_VALUE],
    [2, 4097, Infinity],
    [3, 4, 2 * 0.7071067811865475],
    [3, 5, 1.5422108254079407],
    [8, -1, 0.9972960560854698],
    [-4, 1, 65536],
    [0, -1074, 5e-324],
  ])('schema %i, bucket %i ends at %s', (schema, index, bound) => {
    expect(boundOf(schema, index)).toBe(bound);
  });
});
