import { afterEach, expect, test } from 'vitest';
import type { ShardSummary } from '../messages.js';
import type { TargetPlan } from '../target-plan.js';
import { bodies, cleanUp, serve, start } from './shard-harness.contract.js';

// Hours of scraping in a minute: what a shard holds at the end is what it held at the beginning.

afterEach(cleanUp);

/** Tables that the targets of a thread share keep some room; it does not grow with what passed. */
const keptTableBytes = 4096;

const settled = () => new Promise((resolve) => setImmediate(resolve));
const idOf = (n: number) => (n + 1).toString(16).padStart(16, '0');

type Started = ReturnType<typeof start>;

function startQuiet(): Started {
  const started = start();
  started.output.append = () => {};
  return started;
}

/** What the shard says of itself once nothing is left to do. */
async function summaryOf({ clock, posted }: Started): Promise<ShardSummary> {
  posted.length = 0;
  await clock.advance(2000);
  const summaries = posted.flatMap((m) => (m.type === 'summary' ? [m.summary] : []));
  return structuredClone(summaries.at(-1)!);
}

function handles(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate').length;
}

/** A body whose series come and go: some for good, some for some scrapes, some once. */
function churningBody(target: number, scrape: number): string {
  const lines = ['# HELP up_for_good Text.', '# TYPE up_for_good gauge', `up_for_good ${scrape}`];
  for (let i = 0; i < 5; i++) lines.push(`kept{target="${target}",i="${i}"} ${scrape}`);
  lines.push(`for_a_while{n="${scrape >> 4}"} 1`, `once{scrape="${target}-${scrape}"} 1`);
  return `${lines.join('\n')}\n`;
}

test('100,000 scrapes of targets that come and go leave nothing behind', {
  timeout: 120_000,
}, async () => {
  const started = startQuiet();
  const { shard, clock, plan } = started;
  const planOf = (n: number): TargetPlan =>
    plan('http://h/', { id: idOf(n), source: 'pushed', phaseMs: n % 1000 });
  const push = (n: number, scrape: number) =>
    shard.handle({
      type: 'pushed-body',
      targetId: idOf(n),
      timestampMs: clock.nowMs(),
      pushed: { body: Buffer.from(churningBody(n, scrape)), durationMs: 1, error: undefined },
    });
  const living = 100;
  let oldest = 0;
  let newest = 0;
  let scrapes = 0;
  const remove = (n: number, end: 'gone' | 'moved') =>
    shard.handle({ type: 'targets', add: [], remove: [{ id: idOf(n), end }] });
  const turn = async () => {
    // A hundredth of the targets goes at each turn, gone or moved, and as many come.
    while (newest - oldest < living)
      shard.handle({ type: 'targets', add: [planOf(newest++)], remove: [] });
    for (let n = oldest; n < newest; n++) push(n, scrapes++);
    await clock.advance(1000);
    remove(oldest, oldest++ % 2 === 0 ? 'gone' : 'moved');
  };
  const end = async () => {
    while (oldest < newest) remove(oldest++, 'gone');
    return summaryOf(started);
  };
  for (let i = 0; i < 20; i++) await turn();
  const before = await end();
  const timers = clock.pendingTimers;
  const open = handles();
  while (scrapes < 100_000) await turn();
  const after = await end();
  expect(after.counters.scrapes).toBeGreaterThanOrEqual(100_000);
  expect(after.counters.staleMarkers).toBeGreaterThan(100_000);
  expect(after.counters.series).toBe(0);
  expect(after.counters.memoryBytes).toBeLessThan(before.counters.memoryBytes + keptTableBytes);
  expect([...shard.loops]).toEqual([]);
  expect(clock.pendingTimers).toBe(timers);
  expect(handles()).toBeLessThanOrEqual(open);
});

test('targets over HTTP that come and go leave no socket, timer or memory', {
  timeout: 60_000,
}, async () => {
  const started = startQuiet();
  const { shard, clock, plan } = started;
  const urls = await Promise.all([
    serve(bodies('a 1\nb 2\n')),
    serve(bodies('a 1\n', { status: 500 }, 'not an exposition {', 'a 1\n')),
    serve((request) => request.socket.destroy()),
  ]);
  const turns = async (from: number, to: number) => {
    for (let turn = from; turn < to; turn++) {
      const add = urls.map((url, i) => plan(url, { id: idOf(turn * 10 + i), phaseMs: i * 100 }));
      shard.handle({ type: 'targets', add, remove: [] });
      await clock.advance(3000);
      while ([...shard.loops].some(({ busy }) => busy)) await settled();
      const remove = add.map(({ id }, i) => ({
        id,
        end: i === 0 ? ('moved' as const) : ('gone' as const),
      }));
      shard.handle({ type: 'targets', add: [], remove });
    }
    return summaryOf(started);
  };
  const before = await turns(0, 5);
  const timers = clock.pendingTimers;
  const after = await turns(5, 200);
  expect(after.counters.scrapes).toBeGreaterThan(500);
  expect(after.counters.memoryBytes).toBeLessThan(before.counters.memoryBytes + keptTableBytes);
  expect(after.counters.series).toBe(0);
  expect(clock.pendingTimers).toBe(timers);
});
