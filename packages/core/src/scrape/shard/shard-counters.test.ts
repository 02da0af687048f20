import { expect, it } from 'vitest';
import { scrapeFailureReasons } from '../../targets/target-status.js';
import { createShardCounters } from './shard-counters.js';

it('counts from 0 for every reason: the first failure of a kind was no increase to rate()', () => {
  const { scrapesFailed } = createShardCounters();
  expect(Object.keys(scrapesFailed)).toEqual(scrapeFailureReasons);
  expect(Object.values(scrapesFailed).every((count) => count === 0)).toBe(true);
});
