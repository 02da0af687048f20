import { beforeEach, describe, expect, it } from 'vitest';
import type { Logger } from '../logger.js';
import { ManualClock } from '../testing/manual-clock.js';
import type { Discovery, DiscoveryUpdate, TargetGroup } from './discovery.js';
import { JobDiscovery } from './job-discovery.js';

/** A discovery that finds what the test says. */
class Scripted implements Discovery {
  readonly kind = 'scripted';
  say: (update: Partial<DiscoveryUpdate>) => void = () => {};
  fail: (error: Error) => void = () => {};

  run(onUpdate: (update: DiscoveryUpdate) => void, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.say = (update) => onUpdate({ groups: [], error: undefined, ...update });
      this.fail = reject;
      signal.addEventListener('abort', () => resolve());
    });
  }
}

function group(source: string): TargetGroup {
  return { source, targets: [], labels: new Map() };
}

describe('JobDiscovery', () => {
  let clock: ManualClock;
  let told: string[];
  let logged: [level: string, message: string, err: unknown][];
  let updates: number;
  let a: Scripted;
  let b: Scripted;
  let job: JobDiscovery;

  beforeEach(() => {
    clock = new ManualClock();
    told = [];
    logged = [];
    updates = 0;
    a = new Scripted();
    b = new Scripted();
    const log = (level: string) => (fields: object, message: string) => {
      logged.push([level, message, (fields as { err?: unknown }).err]);
    };
    const logger: Logger = {
      debug: log('debug'),
      info: log('info'),
      warn: log('warn'),
      error: log('error'),
    };
    const onGroups = (_job: string, groups: readonly TargetGroup[]) => {
      if (groups.some(({ source }) => source === 'poison')) throw new Error('cannot build');
      told.push(`${clock.monotonicMs()}: ${groups.map(({ source }) => source)}`);
    };
    const onUpdate = () => updates++;
    job = new JobDiscovery('j', { onGroups, onUpdate, clock, logger });
    apply({ a, b });
  });

  function apply(discoveries: Record<string, Discovery>): void {
    const wanted = Object.entries(discoveries).map(([key, one]) => [key, () => one] as const);
    job.apply(new Map(wanted));
  }

  it('tells the first groups of each discovery at once, joined', () => {
    b.say({ groups: [group('b')] });
    expect([told, updates]).toEqual([['0: b'], 1]);
    a.say({ groups: [group('a1'), group('a2')] });
    expect([told, updates]).toEqual([['0: b', '0: a1,a2,b'], 2]);
  });

  it('holds changes back so that they come at most every 5 s, and tells the last', async () => {
    a.say({ groups: [group('1')] });
    for (let i = 2; i < 100; i++) {
      await clock.advance(200);
      a.say({ groups: [group(`${i}`)] });
    }
    await clock.advance(60_000);
    expect(told).toEqual(['0: 1', '5000: 25', '10000: 50', '15000: 75', '20000: 99']);
    a.say({ groups: [group('at once after a quiet time')] });
    expect(told.at(-1)).toBe(`${clock.monotonicMs()}: at once after a quiet time`);
  });

  it('the first groups of a second discovery take along what was held back', async () => {
    a.say({ groups: [group('1')] });
    a.say({ groups: [group('2')] });
    b.say({ groups: [group('b')] });
    expect(told).toEqual(['0: 1', '0: 2,b']);
    await clock.advance(10_000);
    expect(told).toHaveLength(2);
  });

  it('does not tell what did not change', async () => {
    const same = group('same');
    a.say({ groups: [same] });
    a.say({ groups: [same], error: new Error('down') });
    a.say({ groups: [same] });
    await clock.advance(10_000);
    expect(told).toEqual(['0: same']);
  });

  it('says once that a discovery fails, and once that it works again', () => {
    a.say({ error: new Error('refused') });
    a.say({ error: new Error('refused, again') });
    expect(job.lastError?.message).toBe('refused, again');
    b.say({});
    expect(job.lastError?.message).toBe('refused, again');
    a.say({});
    expect(job.lastError).toBeUndefined();
    expect(logged).toEqual([
      ['warn', 'discovery failed: its last targets stay', 'refused'],
      ['info', 'discovery works again', undefined],
    ]);
    expect([told.length, updates]).toEqual([2, 4]);
  });

  it('a discovery that breaks its contract stops no other', async () => {
    a.fail(new Error('a bug'));
    await clock.advance(0);
    expect(updates).toBe(1);
    b.say({ groups: [group('b')] });
    expect(told).toEqual(['0: b']);
    expect(logged).toEqual([
      ['error', 'a discovery broke off: its targets stay as they are from now on', 'a bug'],
    ]);
  });

  it('goes on when the one it tells throws', async () => {
    a.say({ groups: [group('poison')] });
    expect(updates).toBe(1);
    await clock.advance(5_000);
    a.say({ groups: [group('good')] });
    expect(told).toEqual(['5000: good']);
    const message = 'a job could not take what its discovery found';
    expect(logged).toEqual([['error', message, 'cannot build']]);
  });

  it('tells nothing after the abort', async () => {
    a.say({ groups: [group('1')] });
    a.say({ groups: [group('2')] });
    await job.stop();
    await clock.advance(60_000);
    expect(told).toEqual(['0: 1']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves alone what is wanted as before', () => {
    a.say({ groups: [group('a')] });
    b.say({ groups: [group('b')] });
    const again = new Scripted();
    apply({ a: again, b: again });
    a.say({ error: new Error('still heard') });
    expect(job.lastError?.message).toBe('still heard');
    expect(told).toEqual(['0: a', '0: a,b']);
  });

  it('keeps what a discovery had found until the one in its place has answered', () => {
    a.say({ groups: [group('a')] });
    b.say({ groups: [group('b')] });
    const c = new Scripted();
    apply({ c, b });
    expect(job.groups.map(({ source }) => source)).toEqual(['b', 'a']);
    a.say({ groups: [group('too late')] });
    expect(told).toEqual(['0: a', '0: a,b']);
    c.say({ groups: [group('c')] });
    expect(told.at(-1)).toBe('0: c,b');
  });

  it('a discovery in the place of another that fails at first ends what the other had found', () => {
    a.say({ groups: [group('a')] });
    b.say({ groups: [group('b')] });
    const c = new Scripted();
    apply({ c, b });
    c.say({ error: new Error('refused') });
    expect(told.at(-1)).toBe('0: b');
  });

  it('tells at once when a discovery is taken away, and only once', () => {
    a.say({ groups: [group('a')] });
    b.say({ groups: [group('b')] });
    apply({ b });
    expect(told).toEqual(['0: a', '0: a,b', '0: b']);
    apply({ b });
    expect(told).toHaveLength(3);
  });

  it('stops only when those taken away before have ended, too', async () => {
    let end = () => {};
    const slow: Discovery = { kind: 'slow', run: () => new Promise((resolve) => (end = resolve)) };
    apply({ slow });
    apply({});
    let isStopped = false;
    const stopping = job.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(0);
    expect(isStopped).toBe(false);
    end();
    await stopping;
  });
});
