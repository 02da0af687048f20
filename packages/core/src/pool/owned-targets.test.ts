import { describe, expect, it } from 'vitest';
import type { Target } from '../targets/target.js';
import type { TargetChanges } from '../targets/target-changes.js';
import { type AllTargets, OwnedTargets } from './owned-targets.js';

const target = (id: string, intervalMs = 1000): Target => ({
  id,
  job: 'j',
  url: `http://${id}/metrics`,
  labels: new Map(),
  discoveredLabels: new Map(),
  intervalMs,
  timeoutMs: 1000,
});

/** All targets, as they are now. */
class Known implements AllTargets {
  readonly #targets = new Map<string, Target>();

  constructor(...targets: Target[]) {
    for (const one of targets) this.set(one);
  }

  set(one: Target): void {
    this.#targets.set(one.id, one);
  }

  targets(): Iterable<Target> {
    return this.#targets.values();
  }

  targetCounts(): Map<string, number> {
    return new Map([['j', this.#targets.size]]);
  }
}

const change = (patch: Partial<TargetChanges>): TargetChanges => ({
  added: [],
  removed: [],
  replanned: [],
  refreshed: [],
  ...patch,
});

const ids = ({ added, removed, replanned, refreshed }: TargetChanges) =>
  [added, removed, replanned, refreshed].map((list) => list.map(({ id }) => id).join(''));

describe('OwnedTargets', () => {
  it('passes on what is this member’s alone', () => {
    const [a, b] = [target('a'), target('b')];
    const owned = new OwnedTargets(new Known(a, b), { owns: (id) => id !== 'b' });
    expect(ids(owned.change(change({ added: [a, b] })))).toEqual(['a', '', '', '']);
    const next = change({ replanned: [target('a', 5), target('b', 5)], refreshed: [b] });
    expect(ids(owned.change(next))).toEqual(['', '', 'a', '']);
    expect([...owned.values()]).toEqual([a]);
    expect(ids(owned.change(change({ removed: [a, b] })))).toEqual(['', 'a', '', '']);
  });

  it('another pool moves targets with what they are now', () => {
    const all = new Known(target('a'), target('b'));
    const owned = new OwnedTargets(all, { owns: (id) => id === 'a' });
    owned.change(change({ added: [target('a'), target('b')] }));
    all.set(target('b', 7));
    owned.change(change({ replanned: [target('b', 7)] }));
    const moved = owned.setOwnership({ owns: (id) => id === 'b' });
    expect(ids(moved)).toEqual(['b', 'a', '', '']);
    expect(moved.added[0]?.intervalMs).toBe(7);
    expect(ids(owned.setOwnership(undefined))).toEqual(['a', '', '', '']);
  });

  it('leaves out its own URL, when it is known before or after', () => {
    const all = new Known(target('a'), target('b'));
    const owned = new OwnedTargets(all, undefined);
    owned.change(change({ added: [target('a'), target('b')] }));
    expect(ids(owned.setOwnUrls(['http://a/metrics']))).toEqual(['', 'a', '', '']);
    all.set(target('c'));
    expect(ids(owned.change(change({ added: [target('c')] })))).toEqual(['c', '', '', '']);
    expect(owned.countByJob(['j'])).toEqual(new Map([['j', 2]]));
    expect(ids(owned.setOwnUrls([]))).toEqual(['a', '', '', '']);
    expect(owned.countByJob(['j', 'empty'])).toEqual(
      new Map([
        ['j', 3],
        ['empty', 0],
      ]),
    );
  });
});
