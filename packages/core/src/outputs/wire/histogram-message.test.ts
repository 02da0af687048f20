import { expect, test } from 'vitest';
import type { HistogramSample } from '../../model/histogram.js';
import { HistogramEncoder } from './histogram-message.js';

const histogram: HistogramSample = {
  schema: 3,
  zeroThreshold: 0.5,
  zeroCount: 2,
  positiveSpans: [
    { offset: -2, length: 2 },
    { offset: 1, length: 1 },
  ],
  positiveCounts: [1, 3, 2],
  negativeSpans: [{ offset: 0, length: 1 }],
  negativeCounts: [4],
  count: 12,
  sum: 1.5,
  customValues: [],
  isFloat: false,
  isGauge: false,
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const double = (value: number): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes.toString('hex');
};

test('an integer histogram has its counts as differences', () => {
  const bytes = new HistogramEncoder().encode(histogram, 1000);
  const parts = [
    `080c19${double(1.5)}200629${double(0.5)}3002`,
    // Negative span 0 × 1, its count 4.
    '4204080010014a0108',
    // Positive spans -2 × 2 and 1 × 1, differences +1 +2 -1.
    '5a0408031002' + '5a0408021001' + '6203020401',
    '78e807',
  ];
  expect(hex(bytes)).toBe(parts.join(''));
});

test('a float gauge histogram has its counts as they are, and says that it is a gauge', () => {
  const gauge = {
    ...histogram,
    isFloat: true,
    isGauge: true,
    negativeSpans: [],
    negativeCounts: [],
  };
  const bytes = new HistogramEncoder().encode(gauge, -1);
  const counts = [1, 3, 2].map(double).join('');
  const parts = [
    `11${double(12)}19${double(1.5)}200629${double(0.5)}39${double(2)}`,
    `5a0408031002${'5a0408021001'}6a18${counts}`,
    '7003' + '78ffffffffffffffffff01',
  ];
  expect(hex(bytes)).toBe(parts.join(''));
});

test('counts past 32 bits and many buckets', () => {
  const positiveCounts = Array.from({ length: 1000 }, (_, i) => (i % 2) * 2 ** 40);
  const many = { ...histogram, positiveSpans: [{ offset: 0, length: 1000 }], positiveCounts };
  const encoder = new HistogramEncoder();
  const bytes = encoder.encode(many, 1000);
  // Each difference of ±2^40 takes six bytes.
  expect(bytes.length).toBeGreaterThan(999 * 6);
  expect(hex(encoder.encode(histogram, 1000))).toMatch(/78e807$/);
});
