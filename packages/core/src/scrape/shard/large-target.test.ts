import { afterEach, expect, test } from 'vitest';
import { bodies, cleanUp, serve, start, synthetic } from './shard-harness.contract.js';

afterEach(cleanUp);

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Fewer than go out in parts, with a body that is read in one go. */
const count = 9_000;
const large = (extra = '') =>
  `${Array.from({ length: count }, (_, i) => `large{i="${i}"} ${i}`).join('\n')}\n${extra}`;

async function startBoth(...all: Parameters<typeof bodies>) {
  const started = start();
  const { shard, plan } = started;
  const first = plan(await serve(bodies(...all)));
  shard.handle({ type: 'targets', add: [first], remove: [] });
  return { ...started, first };
}

test('while the series of a large target are met for the first time, others are scraped', async () => {
  const { shard, plan, output, clock } = await startBoth(large());
  const small = plan('http://h/', { id: '00000000000000bb', source: 'pushed' });
  shard.handle({ type: 'targets', add: [small], remove: [] });
  await clock.advance(1000);
  const pushed = { body: Buffer.from('a 1\n'), durationMs: 0, error: undefined };
  let pushes = 0;
  while (!output.taken.some(({ samples }) => 'large{i=0}' in samples)) {
    shard.handle({ type: 'pushed-body', targetId: small.id, timestampMs: ++pushes, pushed });
    await settled();
  }
  const ofLarge = output.taken.filter(({ samples }) => 'large{i=0}' in samples);
  expect(output.taken.length - ofLarge.length).toBeGreaterThan(20);
  const { samples } = ofLarge[0]!;
  expect(samples).toMatchObject({
    ...synthetic(1, count, count, count),
    [`large{i=${count - 1}}`]: count - 1,
  });
  expect(Object.keys(samples)).toHaveLength(count + 5);
});

test('a large target that moves away meanwhile sends its batch and leaves nothing', async () => {
  const { shard, posted, output, clock, first } = await startBoth(large());
  await clock.advance(1000);
  // Its body has been read once some of its series are met.
  const loop = [...shard.loops][0]!;
  while (loop.seriesCount < 1000) await settled();
  shard.handle({ type: 'targets', add: [], remove: [{ id: first.id, end: 'moved' }] });
  while (output.forgotten.length === 0) await settled();
  expect(output.taken).toHaveLength(1);
  expect(output.taken[0]?.samples).toMatchObject(synthetic(1, count, count, count));
  await clock.advance(1000);
  expect(output.taken).toHaveLength(1);
  const summary = posted.findLast((message) => message.type === 'summary');
  expect(summary?.summary.counters).toMatchObject({ series: 0, scrapes: 1 });
});

test('a large target whose times change meanwhile goes on with the next scrape', async () => {
  const { shard, clock, tick, first } = await startBoth(large(), large('b 1\n'));
  await clock.advance(1000);
  while ([...shard.loops][0]!.seriesCount < 1000) await settled();
  shard.handle({ type: 'targets', add: [{ ...first, timeoutMs: 900 }], remove: [] });
  // The scrape in flight ends as it began.
  expect(Object.keys((await tick()).samples)).toHaveLength(count + 5);
  const { samples } = await tick();
  expect(Object.keys(samples)).toHaveLength(count + 1 + 5);
  expect(samples).toMatchObject({ up: 1, b: 1 });
});

test('a series that ends the scrape of a large target ends it in turns, too', async () => {
  const { tick, loop } = await startBoth(large('bad{x="1",x="2"} 1\n'), large());
  expect((await tick()).samples).toMatchObject({ up: 0 });
  expect(loop().status.lastReason).toBe('syntax');
  expect((await tick()).samples).toMatchObject({ up: 1, scrape_samples_scraped: count });
});
