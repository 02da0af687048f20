import { afterEach, expect, test } from 'vitest';
import type { RelabelRule } from '../../relabel/rule.js';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import {
  bodies,
  cleanUp,
  job,
  serve,
  start,
  synthetic,
  textType,
} from './shard-harness.contract.js';

afterEach(cleanUp);

function drops(regex: string): RelabelRule {
  return {
    sourceLabels: ['__name__'],
    separator: ';',
    regex,
    modulus: 0,
    targetLabel: '',
    replacement: '$1',
    action: 'drop',
  };
}

async function scrapedOnce(...given: string[]) {
  const running = start();
  const { shard, plan, tick } = running;
  const url = await serve(bodies(...given));
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  const first = await tick();
  const setJob = (patch: Partial<ScrapeJob>) =>
    shard.handle({ type: 'jobs', jobs: [{ key: 'j', job: { ...job, ...patch } }] });
  const setExternal = (externalLabels: Record<string, string>) =>
    shard.handle({ type: 'outputs', outputs: { externalLabels, remoteWrites: [{} as never] } });
  return { ...running, first, setJob, setExternal };
}

test('a job that is told again as it was changes nothing: same loop, same layout', async () => {
  const { shard, setJob, tick, first, output } = await scrapedOnce('a 1\n', 'a 2\n');
  const [loop] = shard.loops;
  setJob({});
  expect([...shard.loops]).toEqual([loop]);
  expect(await tick()).toEqual({
    timestampMs: first.timestampMs + 1000,
    layout: first.layout,
    samples: { a: 2, ...synthetic(1, 1, 1, 0) },
  });
  expect(output.forgotten).toEqual([]);
});

test('a job that asks otherwise keeps its series', async () => {
  const { setJob, tick, first, output } = await scrapedOnce('a 1\n', 'a 2\n');
  setJob({ enableCompression: false, bodySizeLimitBytes: 1000 });
  expect(await tick()).toMatchObject({ layout: first.layout, samples: { a: 2 } });
  expect(output.forgotten).toEqual([]);
});

test('a new rule that drops a series marks that one, and the others go on without a gap', async () => {
  const { setJob, tick, first } = await scrapedOnce('a 1\nb 1\n', 'a 2\nb 2\n', 'a 3\nb 3\n');
  setJob({ metricRelabelRules: [drops('b')] });
  const second = await tick();
  expect(second.timestampMs).toBe(first.timestampMs + 1000);
  expect(second.samples).toEqual({ a: 2, b: null, ...synthetic(1, 2, 1, 0) });
  expect((await tick()).samples).toEqual({ a: 3, ...synthetic(1, 2, 1, 0) });
});

test('synthetic series that are no longer asked for get their markers', async () => {
  const { setJob, tick } = await scrapedOnce('a 1\n', 'a 2\n', 'a 3\n', 'a 4\n');
  setJob({ extraScrapeMetrics: true });
  expect(await tick()).toMatchObject({ samples: { a: 2, scrape_sample_limit: 0 } });
  setJob({ extraScrapeMetrics: false });
  expect((await tick()).samples).toMatchObject({ a: 3, up: 1, scrape_sample_limit: null });
  expect((await tick()).samples).toEqual({ a: 4, ...synthetic(1, 1, 1, 0) });
});

test('other external labels make other series: the old ones get their markers', async () => {
  const { setExternal, tick } = await scrapedOnce('a 1\n', 'a 2\n', 'a 3\n');
  setExternal({ dc: 'x' });
  expect((await tick()).samples).toMatchObject({ a: null, up: null, 'a{dc=x}': 2, 'up{dc=x}': 1 });
  const { samples } = await tick();
  expect(samples).toMatchObject({ 'a{dc=x}': 3, 'up{dc=x}': 1 });
  expect(Object.keys(samples)).toHaveLength(6);
});

test('the same external labels are no change', async () => {
  const { setExternal, tick, first } = await scrapedOnce('a 1\n', 'a 2\n');
  setExternal({});
  expect(await tick()).toMatchObject({ layout: first.layout, samples: { a: 2 } });
});

test('a failed scrape after a change marks what was there before', async () => {
  const { setJob, tick } = await scrapedOnce('a 1\nb 1\n', 'no body {', 'a 3\nb 3\n');
  setJob({ metricRelabelRules: [drops('b')] });
  expect((await tick()).samples).toMatchObject({ a: null, b: null, up: 0 });
  expect((await tick()).samples).toMatchObject({ a: 3, up: 1 });
});

/** A target whose scrape hangs until `answer` is called, and what may happen to it meanwhile. */
async function inFlight() {
  const running = start();
  const { shard, plan, output, clock } = running;
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const waiting: (() => void)[] = [];
  const seen: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    seen.push(request.headers['accept-encoding'] as string);
    const body = `a ${seen.length}\n`;
    waiting.push(() => response.writeHead(200, textType).end(body));
  });
  shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
  await clock.advance(1000);
  while (waiting.length === 0) await turn();
  const answer = async () => {
    const before = output.taken.length;
    while (waiting.length === 0) await turn();
    waiting.shift()!();
    while (output.taken.length === before || running.loop().busy) await turn();
    return output.taken.at(-1)!;
  };
  const setJob = (patch: Partial<ScrapeJob>) =>
    shard.handle({ type: 'jobs', jobs: [{ key: 'j', job: { ...job, ...patch } }] });
  return { ...running, url, seen, answer, setJob };
}

test('a job that changes during a scrape lets it end, and rules from the next one on', async () => {
  const { setJob, answer, clock, seen, output } = await inFlight();
  setJob({ enableCompression: false });
  const first = await answer();
  expect(first.samples).toEqual({ a: 1, ...synthetic(1, 1, 1, 1) });
  await clock.advance(1000);
  const second = await answer();
  expect(second.timestampMs).toBe(first.timestampMs + 1000);
  expect(second.samples).toEqual({ a: 2, ...synthetic(1, 1, 1, 0) });
  expect(seen).toEqual(['gzip', 'identity']);
  expect(output.taken).toHaveLength(2);
});

test('of changes during one scrape the last one counts, of the target as of its job', async () => {
  const { setJob, shard, plan, url, answer, loop } = await inFlight();
  shard.handle({ type: 'targets', add: [plan(url, { timeoutMs: 500 })], remove: [] });
  setJob({ sampleLimit: 1 });
  shard.handle({ type: 'targets', add: [plan(url, { timeoutMs: 700 })], remove: [] });
  expect(loop().plan.timeoutMs).toBe(1000);
  expect((await answer()).samples).toMatchObject({ a: 1, up: 1 });
  expect(loop()).toMatchObject({ plan: { timeoutMs: 700 }, job: { sampleLimit: 1 } });
});

test('a target that changes and goes during a scrape is gone', async () => {
  const { setJob, shard, plan, url, clock, output } = await inFlight();
  setJob({ enableCompression: false });
  shard.handle({ type: 'targets', add: [], remove: [{ id: plan(url).id, end: 'gone' }] });
  shard.handle({ type: 'jobs', jobs: [] });
  await clock.advance(5000);
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  expect([...shard.loops]).toEqual([]);
  expect(output.taken.every(({ samples }) => samples['up'] !== 1)).toBe(true);
});

test('a shard that closes during a scrape whose job has changed begins no other', async () => {
  const { setJob, shard, answer, seen, clock } = await inFlight();
  setJob({ enableCompression: false });
  const closed = shard.close(1000);
  await answer();
  await clock.advance(5000);
  await closed;
  expect(seen).toEqual(['gzip']);
});
