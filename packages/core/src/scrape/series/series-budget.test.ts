import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.js';
import { bodies, cleanUp, serve, start, synthetic } from '../shard/shard-harness.contract.js';
import { firstShare, SeriesBudgets, type SeriesLimits, shareSeries } from './series-budget.js';

afterEach(cleanUp);

function startWith(limits: Partial<SeriesLimits>) {
  return start({}, 1e9, new ManualClock(1_000_000), limits);
}

const limitReport = (current: number, limit: number, dropped: number) => ({
  scrape_series_current: current,
  scrape_series_limit: limit,
  scrape_series_limit_samples_dropped: dropped,
});

test('beyond the limit of a target new series are left out and counted; known ones go on', async () => {
  const { shard, plan, tick } = startWith({ perTarget: 2 });
  const url = await serve(bodies('a 1\nb 2\n', 'a 1\nb 2\nc 3\nd 4\n', 'd 4\nb 2\na 1\n'));
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  expect((await tick()).samples).toEqual({
    a: 1,
    b: 2,
    ...synthetic(1, 2, 2, 2),
    ...limitReport(2, 2, 0),
  });
  expect((await tick()).samples).toEqual({
    a: 1,
    b: 2,
    ...synthetic(1, 4, 4, 0),
    ...limitReport(2, 2, 2),
  });
  expect((await tick()).samples).toEqual({
    a: 1,
    b: 2,
    ...synthetic(1, 3, 3, 0),
    ...limitReport(2, 2, 1),
  });
});

test('a series that goes makes room for one that was left out', async () => {
  const { shard, plan, tick } = startWith({ perTarget: 1 });
  const url = await serve(bodies('a 1\n', 'a 1\nb 2\n', 'b 2\n', 'b 2\n'));
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  await tick();
  expect((await tick()).samples).toMatchObject({ a: 1 });
  expect((await tick()).samples).toMatchObject({ a: null });
  expect((await tick()).samples).toMatchObject({ b: 2, scrape_series_limit_samples_dropped: 0 });
});

test('two targets of a job share its limit; a target that goes gives back', async () => {
  const { shard, plan, output, clock } = startWith({ perJob: 3 });
  const url = await serve(bodies('a 1\nb 2\n'));
  const one = plan(url);
  const other = plan(url, { id: '00000000000000bb', phaseMs: 500 });
  shard.handle({ type: 'targets', add: [one, other], remove: [] });
  const taken = async (count: number) => {
    while (output.taken.length < count) await new Promise((resolve) => setImmediate(resolve));
    return output.taken.at(-1)!.samples;
  };
  await clock.advance(500);
  expect(await taken(1)).toEqual({ a: 1, b: 2, ...synthetic(1, 2, 2, 2) });
  await clock.advance(500);
  expect(await taken(2)).toEqual({ a: 1, ...synthetic(1, 2, 2, 1) });
  shard.handle({ type: 'targets', add: [], remove: [{ id: other.id, end: 'moved' }] });
  await clock.advance(1000);
  expect(await taken(3)).toEqual({ a: 1, b: 2, ...synthetic(1, 2, 2, 0) });
});

test('the limit of all counts every job', () => {
  const budgets = new SeriesBudgets({ total: 3, perJob: 2, perTarget: 0 });
  const a = budgets.ofTarget('a');
  const b = budgets.ofTarget('b');
  for (const budget of [a, a, b]) {
    expect(budget.hasRoom).toBe(true);
    budget.add();
  }
  expect([a.hasRoom, b.hasRoom]).toEqual([false, false]);
  a.give(1);
  expect([a.hasRoom, b.hasRoom]).toEqual([true, true]);
  expect(budgets.used).toEqual({ total: 2, jobs: { a: 1, b: 1 } });
});

test('what the threads may have is never more than the limit and what they have already', () => {
  const counts = fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), counts, (limit, used) => {
      const limits = { total: limit, perJob: limit, perTarget: 0 };
      const all = used.map((total) => ({ total, jobs: { j: total } }));
      const shares = shareSeries(limits, all);
      const sum = used.reduce((a, b) => a + b, 0);
      const allowed = shares.reduce((a, { total }) => a + total, 0);
      expect(allowed).toBeLessThanOrEqual(Math.max(limit, sum) + used.length);
      for (const { total, jobs } of shares) expect(jobs['j']).toBe(total);
      const first = firstShare(limits, used.length);
      expect(first.total * used.length).toBeLessThan(limit + used.length);
    }),
  );
});
