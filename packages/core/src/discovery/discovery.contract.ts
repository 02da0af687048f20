import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Discovery, DiscoveryUpdate, TargetGroup } from './discovery.js';

/** A discovery to test, with the world it looks at. */
export interface DiscoveryUnderTest {
  readonly discovery: Discovery;
  /** Changes what there is to find; undefined when it never changes. */
  readonly change?: () => Promise<void>;
  /** Makes the next attempt fail; undefined when no attempt can. */
  readonly breakIt?: () => Promise<void>;
  /** Lets time pass until the discovery has seen what changed. */
  readonly letItSee: () => Promise<void>;
  /** Timers it holds on the injected clock. */
  readonly pendingTimers: () => number;
  readonly close: () => Promise<void>;
}

/** What every discovery promises (the port's description in discovery.ts). */
export function describeDiscoveryContract(
  name: string,
  create: () => Promise<DiscoveryUnderTest>,
): void {
  describe(`${name} keeps the contract of a discovery`, () => {
    let under: DiscoveryUnderTest;
    let updates: DiscoveryUpdate[];
    let stop: AbortController;

    beforeEach(async () => {
      under = await create();
      updates = [];
      stop = new AbortController();
    });
    afterEach(async () => {
      stop.abort();
      await under.close();
    });

    const run = () => under.discovery.run((update) => updates.push(update), stop.signal);
    const seen = async (count: number) => {
      while (updates.length < count) await under.letItSee();
    };

    it('calls once after its first attempt, with what it found', async () => {
      const running = run();
      await seen(1);
      await under.letItSee();
      expect(updates).toHaveLength(1);
      expect(updates[0]?.error).toBeUndefined();
      expectWellFormed(updates[0]?.groups);
      stop.abort();
      await running;
    });

    it('calls again with everything when something changed', async () => {
      if (under.change === undefined) return;
      const running = run();
      await seen(1);
      await under.change();
      await seen(2);
      expectWellFormed(updates[1]?.groups);
      expect(shown(updates[1]?.groups)).not.toEqual(shown(updates[0]?.groups));
      stop.abort();
      await running;
    });

    it('a failed attempt keeps the last good groups and says why, once; then it recovers', async () => {
      if (under.breakIt === undefined || under.change === undefined) return;
      const running = run();
      await seen(1);
      await under.breakIt();
      await seen(2);
      expect(shown(updates[1]?.groups)).toEqual(shown(updates[0]?.groups));
      expect(updates[1]?.error).toBeInstanceOf(Error);
      expect(updates[1]?.error?.message).not.toBe('');
      await under.letItSee();
      expect(updates).toHaveLength(2);
      await under.change();
      await seen(3);
      expect(updates[2]?.error).toBeUndefined();
      stop.abort();
      await running;
    });

    it('calls when its first attempt fails', async () => {
      if (under.breakIt === undefined) return;
      await under.breakIt();
      const running = run();
      await seen(1);
      expect(updates).toEqual([{ groups: [], error: expect.any(Error) }]);
      stop.abort();
      await running;
    });

    it('calls nothing after the abort', async () => {
      const running = run();
      await seen(1);
      await under.change?.();
      stop.abort();
      await running;
      const { length } = updates;
      await under.change?.();
      for (let i = 0; i < 20; i++) await turn();
      expect(updates).toHaveLength(length);
    });

    it('calls nothing when it was aborted before, or during its first attempt', async () => {
      const running = run();
      const wasCalled = updates.length;
      stop.abort();
      await running;
      expect(updates.length).toBe(wasCalled);
      await run();
      expect(updates.length).toBe(wasCalled);
    });

    it('leaves no timer, watcher or file behind', async () => {
      const before = resources();
      for (let i = 0; i < 10; i++) {
        stop = new AbortController();
        const running = run();
        await seen(i + 1);
        await under.change?.();
        stop.abort();
        await running;
        updates.length = i + 1;
      }
      expect(under.pendingTimers()).toBe(0);
      // The other end of a socket may live in this process, too, and sees the end some turns later.
      for (let i = 0; i < 50 && newSince(before).length > 0; i++) await turn();
      expect(newSince(before)).toEqual([]);
    });
  });
}

/** What keeps the event loop alive. Timers come and go with the test runner: the clock counts ours. */
function resources(): string[] {
  const kinds = process.getActiveResourcesInfo();
  return kinds.filter((kind) => kind !== 'Timeout' && kind !== 'Immediate');
}

/** What there is more of than before. */
function newSince(before: readonly string[]): string[] {
  const left = [...before];
  return resources().filter((kind) => {
    const at = left.indexOf(kind);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function expectWellFormed(groups: readonly TargetGroup[] | undefined): void {
  expect(groups).not.toEqual([]);
  const sources = groups?.map(({ source }) => source) ?? [];
  expect(new Set(sources).size).toBe(sources.length);
  for (const { targets, labels } of groups ?? []) {
    expect([...labels.values()]).not.toContain('');
    for (const target of targets) expect(target.get('__address__')).toBeTruthy();
  }
}

/** What a group may hold in fields that are its own, in plain sight. */
function shown(groups: readonly TargetGroup[] | undefined) {
  return groups?.map(({ source, targets, labels }) => ({
    source,
    targets: targets.map((target) => new Map(target)),
    labels: new Map(labels),
  }));
}
