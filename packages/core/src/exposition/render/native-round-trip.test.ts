import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HistogramFamily } from '../../model/metric-family.js';
import { BodyParser } from '../body-parser.js';
import { ParsedBody } from '../parsed-body.js';
import { SeriesKeys } from '../series-keys.js';
import { renderExposition } from './exposition-writer.js';

/** Without empty buckets and runs that touch, which readers take out. */
function side(counted: fc.Arbitrary<number>) {
  return fc
    .array(
      fc.tuple(
        fc.integer({ min: 1, max: 1000 }),
        fc.array(counted, { minLength: 1, maxLength: 4 }),
      ),
      {
        maxLength: 3,
      },
    )
    .map((runs) => ({
      spans: runs.map(([offset, run]) => ({ offset, length: run.length })),
      counts: runs.flatMap(([, run]) => run),
    }));
}

function natives(counted: fc.Arbitrary<number>, isFloat: boolean) {
  return fc
    .record({
      schema: fc.integer({ min: -4, max: 8 }),
      zeroThreshold: fc.double({ min: 0, max: 1, noNaN: true }),
      zeroCount: counted,
      positive: side(counted),
      negative: side(counted),
      count: counted,
      sum: fc.double(),
    })
    .map(({ positive, negative, count, sum, ...native }) => ({
      count,
      sum: sum + 0,
      isFloat,
      native: {
        ...native,
        positiveSpans: positive.spans,
        positiveCounts: positive.counts,
        negativeSpans: negative.spans,
        negativeCounts: negative.counts,
      },
    }));
}

const integers = fc.oneof(
  fc.integer({ min: 1 }),
  fc.maxSafeNat().map((count) => count + 1),
);
const fractions = fc.double({ min: 1e-300, max: 1e300, noNaN: true });
const nativeSeries = fc.oneof(natives(integers, false), natives(fractions, true));

describe('native histograms written as protobuf', () => {
  it('are read back by our parser as they were', () => {
    fc.assert(
      fc.property(fc.array(nativeSeries, { minLength: 1 }), (all) => {
        const series = all.map((one) => ({
          ...one,
          labels: [],
          upperBounds: [],
          bucketCounts: [],
        }));
        const family: HistogramFamily = { name: 'h', type: 'histogram', series };
        const body = renderExposition([family], { format: 'protobuf', escaping: 'allow-utf-8' });
        const out = new ParsedBody();
        const options = { scrapeNativeHistograms: true };
        const parser = new BodyParser(new SeriesKeys(), undefined, options);
        parser.parse('protobuf', body, body.length, out);
        const read = out.histograms.map((one) => ({
          ...one,
          positiveCounts: Array.from(one.positiveCounts),
          negativeCounts: Array.from(one.negativeCounts),
        }));
        const expected = all.map(({ native, ...one }) => ({ ...native, ...one }));
        expect(read).toMatchObject(expected);
      }),
    );
  });
});
