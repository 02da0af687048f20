import { describe, expect, it } from 'vitest';
import { CustomBuckets } from './custom-buckets.js';

function convert(
  buckets: readonly (readonly [bound: number, count: number])[],
  count?: number,
  sum?: number,
) {
  const custom = new CustomBuckets();
  for (const [bound, cumulative] of buckets) custom.setBucket(bound, cumulative);
  if (count !== undefined) custom.setCount(count);
  if (sum !== undefined) custom.setSum(sum);
  return custom.convert();
}

describe('CustomBuckets', () => {
  it('makes each bucket count for itself', () => {
    const buckets = [
      [1, 2],
      [2, 5],
      [Infinity, 6],
    ] as const;
    expect(convert(buckets, 6, 9.5)).toMatchObject({
      schema: -53,
      count: 6,
      sum: 9.5,
      customValues: [1, 2],
      positiveSpans: [{ offset: 0, length: 3 }],
      positiveCounts: [2, 3, 1],
      isFloat: false,
    });
  });

  it.each([
    ['no +Inf', [[1, 2]], 6, [2, 4], [1]],
    [
      'no count',
      [
        [1, 2],
        [Infinity, 7],
      ],
      undefined,
      [2, 5],
      [1],
    ],
    ['a count alone', [], 3, [3], []],
    ['nothing', [], undefined, [], []],
    [
      'another order',
      [
        [2, 5],
        [Infinity, 6],
        [1, 2],
      ],
      6,
      [2, 3, 1],
      [1, 2],
    ],
    [
      'a bound twice',
      [
        [1, 2],
        [1, 4],
        [Infinity, 6],
      ],
      6,
      [2, 4],
      [1],
    ],
    [
      'a negative bound',
      [
        [-1, 1],
        [1, 2],
      ],
      2,
      [1, 1],
      [-1, 1],
    ],
  ] as const)('%s', (_what, buckets, count, counts, customValues) => {
    const converted = convert(buckets, count);
    expect(Array.from(converted!.positiveCounts)).toEqual([...counts]);
    expect(converted!.customValues).toEqual(customValues);
  });

  it.each([
    [
      'counts that fall',
      [
        [1, 5],
        [2, 4],
      ],
      5,
    ],
    [
      'counts that fall in another order',
      [
        [2, 4],
        [1, 5],
      ],
      5,
    ],
    ['a negative count', [[1, -1]], 5],
    ['a negative total', [[1, 1]], -1],
    [
      '+Inf that is not the count',
      [
        [1, 1],
        [Infinity, 2],
      ],
      3,
    ],
    ['a count below the last bucket', [[1, 5]], 3],
  ] as const)('%s cannot be converted', (_what, buckets, count) => {
    expect(convert(buckets, count)).toBeUndefined();
  });

  it('keeps up to two empty buckets between others, where counts are whole', () => {
    const buckets = [1, 1, 1, 2, 2, 2, 2, 3].map((count, i) => [i, count] as const);
    const whole = convert([...buckets, [Infinity, 3]], 3)!;
    expect([whole.positiveSpans, whole.positiveCounts]).toEqual([
      [
        { offset: 0, length: 4 },
        { offset: 3, length: 1 },
      ],
      [1, 0, 0, 1, 1],
    ]);
    const halves = convert([...buckets.map(([bound, count]) => [bound, count / 2] as const)], 1.5)!;
    expect(halves.isFloat).toBe(true);
    expect(halves.positiveSpans).toEqual([
      { offset: 0, length: 1 },
      { offset: 2, length: 1 },
      { offset: 3, length: 1 },
    ]);
  });
});
