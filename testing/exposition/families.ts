import type { MetricFamily } from '@prom-agent/core/exposition';
import fc from 'fast-check';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 10 }),
  fc.string({ unit: fc.constantFrom('\\', '"', '\n', '{', '}', '=', ',', '#', 'ü', '😱') }),
);
const names = text.filter((name) => !name.includes('\0'));
const values = fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger());
const counts = fc.oneof(fc.nat(), fc.maxSafeNat());
const bounds = fc
  .uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 4 })
  .map((list) => list.sort((a, b) => a - b));

type Labels = [name: string, value: string][];

/** Names that stay apart when they are escaped: each has its place in front. */
const labels: fc.Arbitrary<Labels> = fc
  .array(fc.tuple(names, text), { maxLength: 3 })
  .map((pairs) => pairs.map(([name, value], i) => [`l${i}_${name}`, value]));

/** Series with a label that tells them apart. */
function series<T>(values: fc.Arbitrary<T>): fc.Arbitrary<(T & { labels: Labels })[]> {
  return fc
    .array(fc.tuple(labels, values), { maxLength: 3 })
    .map((all) => all.map(([own, value], i) => ({ ...value, labels: [['n', String(i)], ...own] })));
}

const help = fc.option(text, { nil: undefined });

const valueFamily = fc.record({
  name: names,
  help,
  type: fc.constantFrom('counter', 'gauge', 'unknown', 'info', 'stateset'),
  series: series(fc.record({ value: values })),
});

const summaryFamily = bounds.chain((quantiles) =>
  fc.record({
    name: names,
    help,
    type: fc.constant('summary'),
    series: series(
      fc.record({
        quantiles: fc.constant(quantiles),
        quantileValues: fc.array(values, {
          minLength: quantiles.length,
          maxLength: quantiles.length,
        }),
        count: counts,
        sum: values,
      }),
    ),
  }),
);

const histogramFamily = bounds.chain((upperBounds) =>
  fc.record({
    name: names,
    help,
    type: fc.constantFrom('histogram', 'gaugehistogram'),
    series: series(
      fc.record({
        upperBounds: fc.constant(upperBounds),
        bucketCounts: fc.array(counts, {
          minLength: upperBounds.length,
          maxLength: upperBounds.length,
        }),
        count: counts,
        sum: values,
      }),
    ),
  }),
);

/** A hundred families, which stay apart when their names are escaped. */
export const arbitraryFamilies: fc.Arbitrary<MetricFamily[]> = fc
  .array(fc.oneof(valueFamily, summaryFamily, histogramFamily), { minLength: 100, maxLength: 100 })
  .map((all) =>
    all.map((family, i) => ({ ...family, name: `f${i}_${family.name}` }) as MetricFamily),
  );

const buckets = {
  upperBounds: [1],
  bucketCounts: [4],
  labels: [],
};

/** As native histograms they are one series each, as classic ones three. */
export const nativeFamilies: readonly MetricFamily[] = [
  {
    name: 'native_integers',
    type: 'histogram',
    series: [
      {
        ...buckets,
        count: 12,
        sum: 20.5,
        native: {
          schema: 0,
          zeroThreshold: 0.001,
          zeroCount: 2,
          positiveSpans: [
            { offset: 0, length: 2 },
            { offset: 1, length: 1 },
          ],
          positiveCounts: [3, 1, 4],
          negativeSpans: [{ offset: 0, length: 1 }],
          negativeCounts: [2],
        },
      },
    ],
  },
  {
    name: 'native_floats',
    type: 'gaugehistogram',
    series: [
      {
        ...buckets,
        count: 2.5,
        sum: 3,
        isFloat: true,
        native: {
          schema: 0,
          zeroThreshold: 0,
          zeroCount: 0.5,
          positiveSpans: [{ offset: 1, length: 1 }],
          positiveCounts: [2],
          negativeSpans: [],
          negativeCounts: [],
        },
      },
    ],
  },
];

/** An exemplar that is new, for Prometheus keeps no old ones, and a unit. */
export function exemplifiedFamily(nowMs: number): MetricFamily {
  const exemplar = { labels: [['trace_id', 'ü']] as const, value: 0.5, timestampMs: nowMs };
  return {
    name: 'exemplified_bytes_total',
    type: 'counter',
    help: 'Bytes.',
    unit: 'bytes',
    series: [{ labels: [], value: 5, exemplar, createdMs: nowMs }],
  };
}
