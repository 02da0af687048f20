import { describe, expect, it } from 'vitest';
import { SparseBuckets } from './sparse-buckets.js';

function bucketsOf(...indexes: number[]): SparseBuckets {
  const buckets = new SparseBuckets();
  for (const index of indexes) buckets.add(index);
  return buckets;
}

const span = (offset: number, length: number) => ({ offset, length });

describe('SparseBuckets', () => {
  it.each([
    ['nothing', [], [], []],
    ['one bucket', [5, 5], [span(5, 1)], [2]],
    ['neighbours, in any order', [1, -1, 0, 1], [span(-1, 3)], [1, 1, 2]],
    ['a gap of two, filled', [0, 3], [span(0, 4)], [1, 0, 0, 1]],
    ['a gap of three, left out', [0, 4], [span(0, 1), span(3, 1)], [1, 1]],
  ])('reads %s as spans and counts', (_, indexes, spans, counts) => {
    expect(bucketsOf(...indexes).read()).toEqual({ spans, counts });
  });

  it('says whether a bucket is new', () => {
    const buckets = bucketsOf(7);
    expect([buckets.add(7), buckets.add(8), buckets.length]).toEqual([false, true, 2]);
  });

  it('halves: each bucket goes into the one that ends where it or its neighbour does', () => {
    const buckets = bucketsOf(-4, -3, -2, -1, 0, 1, 2, 3);
    buckets.halve();
    expect(buckets.read()).toEqual({ spans: [span(-2, 5)], counts: [1, 2, 2, 2, 1] });
  });

  it('takes out the lowest bucket alone', () => {
    const buckets = bucketsOf(2, 2, 9);
    expect([buckets.takeLowest(9), buckets.takeLowest(2), buckets.length]).toEqual([0, 2, 1]);
    expect(buckets.lowestIndex).toBe(9);
  });

  it('grows', () => {
    const buckets = bucketsOf(...Array.from({ length: 100 }, (_, i) => 99 - i));
    expect(buckets.read()).toEqual({ spans: [span(0, 100)], counts: Array(100).fill(1) });
    buckets.clear();
    expect(buckets.read()).toEqual({ spans: [], counts: [] });
  });
});
