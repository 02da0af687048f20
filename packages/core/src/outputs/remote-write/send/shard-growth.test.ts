import { describe, expect, it } from 'vitest';
import { ShardGrowth } from './shard-growth.js';

describe('ShardGrowth', () => {
  const cases: [
    name: string,
    shards: number,
    busyMs: number,
    isBehind: boolean,
    afterMs: number,
    more: number,
  ][] = [
    ['busy and behind: twice as many', 1, 950, true, 1000, 1],
    ['twice as many', 4, 3800, true, 1000, 4],
    ['never more than allowed', 6, 5900, true, 1000, 2],
    ['none beyond the last', 8, 7900, true, 1000, 0],
    ['idle in between', 1, 800, true, 1000, 0],
    ['busy, but keeping up', 1, 990, false, 1000, 0],
    ['one of two is busy', 2, 1000, true, 1000, 0],
    ['too early to say', 1, 999, true, 999, 0],
    ['one long request', 1, 6000, true, 6000, 1],
  ];
  it.each(cases)('%s', (_name, shards, busyMs, isBehind, afterMs, more) => {
    const growth = new ShardGrowth(8, 5000);
    expect(growth.sent(busyMs, shards, isBehind, 5000 + afterMs)).toBe(more);
  });

  it('looks at each second anew', () => {
    const growth = new ShardGrowth(8, 0);
    expect(growth.sent(500, 1, true, 1000)).toBe(0);
    expect(growth.sent(500, 1, true, 1500)).toBe(0);
    expect(growth.sent(450, 1, true, 2000)).toBe(1);
    expect(growth.sent(100, 2, true, 3000)).toBe(0);
  });
});
