import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FailingScene, type Reaction, type Request, taking } from './failing-scene.contract.js';

const modes = [
  ['memory', 1],
  ['memory', 2],
  ['disk', 1],
  ['disk', 2],
] as const;

/** The bits of values. */
const one = 0x3ff0000000000000n;
const two = 0x4000000000000000n;
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
/** The series `b 3`, which the receiver does not like. */
const isPoisoned = ({ series }: Request) =>
  series.some(({ labels }) => {
    const all = Object.fromEntries(labels);
    return all['__name__'] === 'b' && all['index'] === '3';
  });

describe.each(modes)('with the queue in %s, of %d.0, a receiver that', (where, version) => {
  let scene: FailingScene;

  beforeEach(async () => {
    scene = new FailingScene(version, where === 'disk');
    await scene.open();
  });

  afterEach(() => scene.close());

  const drained = () => scene.until(() => scene.counts().queued === 0);

  /** Every series but those named has every value, in order. */
  function expectAll(count: number, except: readonly string[] = []): void {
    expect(scene.taken.size).toBeGreaterThanOrEqual(40 - except.length);
    for (const [series, values] of scene.taken) {
      if (!except.includes(series)) expect([series, values]).toEqual([series, upTo(count)]);
    }
  }

  it('is gone for ten minutes has everything afterwards, in order', async () => {
    await scene.scrapes(3, 5000);
    scene.react = (_request, n) => (n % 2 === 0 ? { status: 503 } : 'reset');
    await scene.scrapes(120, 5000);
    expect(scene.counts().queued).toBe(120 * 40);
    scene.react = () => 'take';
    await drained();
    expect(scene.counts().dropped).toBe(0);
    expectAll(123);
  });

  it('asks for 20 seconds by 429 is not asked before', async () => {
    const busy: Reaction = { status: 429, headers: { 'retry-after': '20' } };
    scene.react = (_request, n) => (n < 2 ? busy : 'take');
    await scene.scrapes(2, 1000);
    await drained();
    const [first, second, third] = scene.requests.map(({ atMs }) => atMs);
    expect(third! - Math.min(first!, second!)).toBeGreaterThanOrEqual(20_000);
    expectAll(2);
  });

  it('fails on one sample gets all others, late for five minutes at most', async () => {
    const isBad = (request: Request) =>
      isPoisoned(request) && request.series.some(({ samples }) => samples[0]!.bits === one);
    scene.react = (request) => (isBad(request) ? { status: 500 } : 'take');
    await scene.scrapes(34, 10_000);
    await scene.until(() => scene.counts().queued === 1);
    expect(scene.counts()).toEqual({ sent: 34 * 40 - 1, dropped: 0, queued: 1 });
    expect(scene.output.status().samplesAside).toBe(1);
    expectAll(34, ['b 3']);
    scene.react = () => 'take';
    await drained();
    expect(scene.taken.get('b 3')).toEqual([...upTo(34).slice(1), 1]);
  });

  it('refuses one series gets all others', async () => {
    const refused: Reaction = { status: 400 };
    // Of 2.0 it has taken others: it is one.
    scene.scrape();
    await drained();
    scene.react = (request) => (isPoisoned(request) ? refused : 'take');
    scene.scrape();
    await drained();
    expect(scene.counts()).toEqual({ sent: 79, dropped: 1, queued: 0 });
    expect(scene.output.status().samplesDropped.rejected).toBe(1);
    expectAll(2, ['b 3']);
    expect(scene.taken.get('b 3')).toEqual([1]);
  });

  it('refuses the same series for hours gets all others, though the budget to find it is spent', async () => {
    scene.scrape();
    await drained();
    scene.react = (request) => (isPoisoned(request) ? { status: 400 } : 'take');
    await scene.scrapes(100, 1000);
    await drained();
    expect(scene.counts()).toEqual({ sent: 101 * 40 - 100, dropped: 100, queued: 0 });
    expectAll(101, ['b 3']);
    // Those to find it, then one a batch as long as there are any.
    expect(scene.output.status().requestsSplit).toBeLessThanOrEqual(
      32 + scene.requests.length / 100,
    );
    scene.react = () => 'take';
    await scene.scrapes(3, 1000);
    await drained();
    expect(scene.counts().dropped).toBe(100);
  });

  it.each<[string, Reaction]>([
    ['fails', { status: 503 }],
    ['asks to wait', { status: 429, headers: { 'retry-after': '3' } }],
    ['resets the connection', 'reset'],
    ['hangs', 'hang'],
  ])('refuses one series and then %s gets all others', async (_name, reaction) => {
    scene.scrape();
    await drained();
    const { length } = scene.requests;
    scene.react = (request, n) => {
      if (n > length + 2 && n % 3 === 0) return reaction;
      return isPoisoned(request) ? { status: 422 } : 'take';
    };
    scene.scrape();
    await drained();
    expect(scene.counts()).toEqual({ sent: 79, dropped: 1, queued: 0 });
    expectAll(2, ['b 3']);
  });

  it('refuses one sample and fails on another gets all others', async () => {
    scene.scrape();
    await drained();
    const has = ({ series }: Request, index: string) =>
      series.some(({ labels, samples }) => {
        const all = Object.fromEntries(labels);
        return all['__name__'] === 'b' && all['index'] === index && samples[0]!.bits === two;
      });
    scene.react = (request) => {
      if (has(request, '3')) return { status: 400 };
      return has(request, '7') ? { status: 500 } : 'take';
    };
    await scene.scrapes(34, 10_000);
    await scene.until(() => scene.counts().queued === 1);
    expect(scene.counts()).toEqual({ sent: 35 * 40 - 2, dropped: 1, queued: 1 });
    expectAll(35, ['b 3', 'b 7']);
  });

  it('hangs, resets and half answers gets everything', async () => {
    const reactions: ((request: Request) => Reaction)[] = [
      () => 'hang',
      () => 'reset',
      () => ({ status: 500, cut: true }),
      (request) => ({ ...taking(request), cut: true }),
      () => 'take',
    ];
    scene.react = (request, n) => reactions[n % reactions.length]!(request);
    await scene.scrapes(10, 1000);
    await drained();
    expect(scene.counts()).toEqual({ sent: 400, dropped: 0, queued: 0 });
    expectAll(10);
  });

  it.runIf(where === 'disk')(
    'is away while the process dies has everything, in order',
    async () => {
      await scene.scrapes(3, 1000);
      scene.react = () => ({ status: 503 });
      await scene.scrapes(20, 1000);
      scene.kill();
      scene.start();
      await scene.scrapes(3, 1000);
      scene.react = () => 'take';
      await scene.pass(15_000);
      await drained();
      expectAll(26);
    },
  );

  it.runIf(version === 2).each<[string, Reaction]>([
    ['refuses the media type', { status: 415 }],
    ['takes 2.0 for nothing', { status: 200 }],
    ['cannot decode it', { status: 400 }],
  ])('knows 1.0 alone and %s gets everything', async (_name, reaction) => {
    let taken = 0;
    scene.react = (request) => {
      if (request.version === 2) return reaction;
      taken += request.series.length;
      return 'take';
    };
    await scene.scrapes(5, 1000);
    await drained();
    expect(scene.counts()).toEqual({ sent: 200, dropped: 0, queued: 0 });
    expect(taken).toBe(200);
    expect(scene.lines.filter((line) => line.includes('does not know 2.0'))).toHaveLength(1);
    expect(scene.requests.slice(10).every((request) => request.version === 1)).toBe(true);
  });
});
