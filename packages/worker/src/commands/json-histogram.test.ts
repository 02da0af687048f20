import { expect, it } from 'vitest';
import { jsonHistogram } from './json-histogram.js';

const none = { positiveSpans: [], positiveCounts: [], negativeSpans: [], negativeCounts: [] };
const plain = { ...none, schema: 0, zeroThreshold: 0, zeroCount: 0, customValues: [] };
const kind = { isFloat: false, isGauge: false };

it('writes an empty histogram without buckets', () => {
  expect(jsonHistogram({ ...plain, ...kind, count: 0, sum: NaN })).toBe(
    '{"count":"0","sum":"NaN"}',
  );
});

it('writes the buckets with the rule for their bounds', () => {
  const histogram = {
    ...plain,
    ...kind,
    count: 6.5,
    sum: -1e-7,
    zeroThreshold: 1e-128,
    zeroCount: 1,
    positiveSpans: [{ offset: 1024, length: 2 }],
    positiveCounts: [2, 0.5],
    negativeSpans: [{ offset: 0, length: 1 }],
    negativeCounts: [3],
  };
  expect(JSON.parse(jsonHistogram(histogram))).toEqual({
    count: '6.5',
    sum: '-1e-07',
    buckets: [
      [1, '-1', '-0.5', '3'],
      [3, '-1e-128', '1e-128', '1'],
      [0, '8.98846567431158e+307', '1.7976931348623157e+308', '2'],
      [0, '1.7976931348623157e+308', '+Inf', '0.5'],
    ],
  });
});
