import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { cleanUp, serve, start, synthetic, textType } from './shard-harness.contract.js';

afterEach(cleanUp);

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Bodies of more than 2 MiB, which are read in slices. */
const count = 24_000;
const padding = 'x'.repeat(80);

function body(first: number, length: number, value: (i: number) => number, extra = ''): string {
  const lines = Array.from(
    { length },
    (_, i) => `long{i="${first + i}",padding="${padding}"} ${value(first + i)}\n`,
  );
  return `# HELP long Long.\n${lines.join('')}${extra}`;
}

const name = (i: number) => `long{i=${i},padding=${padding}}`;

interface Answer {
  readonly body: string | Buffer;
  readonly gzip?: boolean;
}

/** Serves the answers in turn; the last one for ever. */
async function startLong(answers: Answer[]) {
  const started = start();
  const left = [...answers];
  const url = await serve((_request, response) => {
    const { body: text, gzip = false } = left.length > 1 ? left.shift()! : left[0]!;
    const headers = gzip ? { ...textType, 'content-encoding': 'gzip' } : textType;
    response.writeHead(200, headers).end(gzip ? gzipSync(text) : text);
  });
  const { shard, plan, clock, output } = started;
  const long = plan(url);
  const small = plan('http://h/', { id: '00000000000000bb', source: 'pushed' });
  shard.handle({ type: 'targets', add: [long, small], remove: [] });
  let pushes = 0;
  const push = () => {
    const pushed = {
      body: Buffer.from(`# HELP s S.\ns ${++pushes}\n`),
      durationMs: 0,
      error: undefined,
    };
    shard.handle({ type: 'pushed-body', targetId: small.id, timestampMs: pushes, pushed });
  };
  const loopOf = (id: string) => [...shard.loops].find((loop) => loop.plan.id === id);
  /** One scrape of the long target, others' pushed between its slices; all its parts as one. */
  const tick = async () => {
    const before = output.taken.length;
    const loop = loopOf(long.id)!;
    const { lastScrapeMs } = loop.status;
    await clock.advance(1000);
    let paused = 0;
    while (loop.status.lastScrapeMs === lastScrapeMs) {
      push();
      paused++;
      await turn();
    }
    const parts = output.taken.slice(before).filter(({ samples }) => !('s' in samples));
    const samples = Object.assign({}, ...parts.map((part) => part.samples)) as Record<
      string,
      unknown
    >;
    return { parts, samples, paused };
  };
  return { ...started, long, small, push, tick, loopOf };
}

describe('a body of some megabytes', { timeout: 60_000 }, () => {
  test.each([false, true])('is read in slices, gzip: %s, and comes out whole', async (gzip) => {
    const { tick, loopOf, long } = await startLong([
      { body: body(0, count, (i) => i), gzip },
      { body: body(0, count, (i) => i * 2), gzip },
    ]);
    const first = await tick();
    expect(first.samples).toMatchObject({ ...synthetic(1, count, count, count), [name(7)]: 7 });
    expect(Object.keys(first.samples)).toHaveLength(count + 5);
    expect(first.paused).toBeGreaterThan(20);
    expect(first.parts.length).toBeGreaterThan(2);
    const second = await tick();
    expect(second.samples).toMatchObject({ ...synthetic(1, count, count, 0), [name(7)]: 14 });
    expect(loopOf(long.id)!.status).toMatchObject({ health: 'up', lastSamples: count });
  });

  test('series that go get their markers, those that stay do not', async () => {
    const { tick } = await startLong([
      { body: body(0, count, (i) => i) },
      { body: body(100, count, (i) => i) },
    ]);
    await tick();
    const { samples } = await tick();
    expect(samples).toMatchObject({ [name(0)]: null, [name(99)]: null, [name(100)]: 100 });
    expect(Object.values(samples).filter((value) => value === null)).toHaveLength(100);
  });

  test('a bad line at its end fails the scrape: markers for all, and the next goes on', async () => {
    const { tick } = await startLong([
      { body: body(0, count, (i) => i) },
      { body: body(0, count, (i) => i + 1, 'bad bad\n') },
      { body: body(0, count, (i) => i + 2) },
    ]);
    await tick();
    const failed = await tick();
    expect(failed.samples).toMatchObject({ up: 0, [name(0)]: null, [name(count - 1)]: null });
    const { samples } = await tick();
    expect(samples).toMatchObject({ ...synthetic(1, count, count, 0), [name(0)]: 2 });
  });

  test.each([
    ['cut short', (good: Buffer) => good.subarray(0, good.length - 20)],
    ['a lie about its size', lying],
  ])('gzip that is %s fails the scrape and takes no memory', async (_name, broken) => {
    const good = gzipSync(body(0, count, (i) => i * 1.37));
    const started = start();
    const url = await serve((_request, response) => {
      response.writeHead(200, { ...textType, 'content-encoding': 'gzip' }).end(broken(good));
    });
    const { shard, plan, posted, clock } = started;
    shard.handle({ type: 'targets', add: [plan(url)], remove: [] });
    expect((await started.tick()).samples).toMatchObject({ up: 0 });
    await turn();
    await clock.advance(1000);
    const summary = posted.findLast((message) => message.type === 'summary');
    expect(summary?.summary.counters.memoryBytes).toBeLessThan(5_000_000);
  });

  // How the target goes, and after how many turns of its scrape.
  const gone = fc.tuple(
    fc.constantFrom<Going>('removed', 'moved', 'changed', 'closed'),
    fc.nat(120),
  );

  test('that is given up anywhere leaves nothing behind, and others go on', async () => {
    await fc.assert(
      fc.asyncProperty(gone, async ([how, after]) => {
        const started = await startLong([{ body: body(0, count, (i) => i), gzip: true }]);
        const { shard, clock, push, output } = started;
        await clock.advance(1000);
        const loop = [...shard.loops][0]!;
        while (loop.seriesCount < 10 && loop.busy) await turn();
        await turns(after);
        await go(how, started);
        const before = output.taken.length;
        await turns(20);
        // Without a deadline, the scrape in flight ends as it was begun.
        if (how === 'closed') {
          const late = output.taken.slice(before);
          expect(late.some(({ samples }) => name(0) in samples)).toBe(false);
          return;
        }
        push();
        expect(output.taken.at(-1)?.samples).toMatchObject({ s: 1, up: 1 });
        for (let i = 0; i < 3; i++) {
          await clock.advance(1000);
          await turns(300);
        }
        await finished(loop);
        expect(output.taken.some(({ samples }) => name(count - 1) in samples)).toBe(true);
        if (how === 'changed') return;
        await clock.advance(1000);
        await turn();
        await clock.advance(1000);
        expectGone(started);
      }),
      { numRuns: 12 },
    );
  });
});

type Going = 'removed' | 'moved' | 'changed' | 'closed';
type Started = Awaited<ReturnType<typeof startLong>>;

async function go(how: Going, { shard, clock, long }: Started): Promise<void> {
  if (how === 'closed') {
    const closing = shard.close(0);
    await clock.advance(1);
    await closing;
  } else if (how === 'changed') {
    shard.handle({ type: 'targets', add: [{ ...long, timeoutMs: 900 }], remove: [] });
  } else {
    const end = how === 'moved' ? 'moved' : 'gone';
    shard.handle({ type: 'targets', add: [], remove: [{ id: long.id, end }] });
  }
}

function expectGone({ shard, small, posted }: Started): void {
  const { counters } = posted.findLast((message) => message.type === 'summary')!.summary;
  expect(counters.series).toBe(6);
  expect(counters.memoryBytes).toBeLessThan(3_000_000);
  expect([...shard.loops].map(({ plan }) => plan.id)).toEqual([small.id]);
}

async function turns(many: number): Promise<void> {
  for (let i = 0; i < many; i++) await turn();
}

async function finished(loop: { inFlight: Promise<void> | undefined }): Promise<void> {
  while (loop.inFlight !== undefined) await turn();
}

/** Says that it holds a thousand times of what it is. */
function lying(good: Buffer): Buffer {
  const bytes = Buffer.from(good);
  bytes.writeUInt32LE(Math.min(good.length * 1000, 0xffff_ffff), bytes.length - 4);
  return bytes;
}
