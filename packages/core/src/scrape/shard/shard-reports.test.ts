import { expect, test } from 'vitest';
import { neverScraped } from '../../targets/target-status.js';
import { ManualClock } from '../../testing/manual-clock.js';
import type { FromShard } from '../messages.js';
import { createShardCounters } from './shard-counters.js';
import { ShardReports } from './shard-reports.js';

function start() {
  const clock = new ManualClock();
  const posted: FromShard[] = [];
  const summarize = () => ({
    counters: createShardCounters(),
    outputs: [],
    seriesUsed: { total: 0, jobs: {} },
  });
  const reports = new ShardReports(clock, summarize, (message) => posted.push(message));
  reports.start();
  const told = () => posted.flatMap((m) => (m.type === 'statuses' ? [m.targets] : []));
  const summaries = () => posted.filter(({ type }) => type === 'summary').length;
  return { clock, reports, told, summaries };
}

const targets = Array.from({ length: 1000 }, (_, i) => ({ status: neverScraped(`t${i}`) }));

test('one summary a second', async () => {
  const { clock, summaries, told } = start();
  await clock.advance(5000);
  expect(summaries()).toBe(5);
  expect(told()).toEqual([]);
});

test('a thousand scraped targets are told of in small messages within the second, each once', async () => {
  const { clock, reports, told } = start();
  for (const target of targets) reports.scraped(target);
  await clock.advance(1999);
  expect(
    told()
      .flat()
      .map(({ targetId }) => targetId),
  ).toEqual(targets.map((t) => t.status.targetId));
  expect(Math.max(...told().map(({ length }) => length))).toBeLessThanOrEqual(50);
});

test('a removed target is not told of', async () => {
  const { clock, reports, told } = start();
  reports.scraped(targets[0]!);
  reports.removed(targets[0]!);
  await clock.advance(2000);
  expect(told()).toEqual([]);
});

test('close() tells what is left and leaves no timer', async () => {
  const { clock, reports, told, summaries } = start();
  for (const target of targets) reports.scraped(target);
  reports.close();
  expect(told().flat()).toHaveLength(1000);
  expect(summaries()).toBe(1);
  expect(clock.pendingTimers).toBe(0);
});
