import { describe, expect, it } from 'vitest';
import type { Target } from './target.js';
import { TargetSet } from './target-set.js';

function target(id: string, times: Partial<Target> = {}): Target {
  return {
    id,
    job: 'j',
    url: `http://${id}/metrics`,
    labels: new Map(),
    discoveredLabels: new Map(),
    intervalMs: 1_000,
    timeoutMs: 500,
    ...times,
  };
}

describe('TargetSet', () => {
  it('tells what was added, removed and retimed', () => {
    const set = new TargetSet();
    const first = set.replace([target('a'), target('b'), target('c'), target('d')]);
    expect(first.added.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
    expect(first).toMatchObject({ removed: [], retimed: [], unchanged: 0 });

    const later = [target('b'), target('c', { intervalMs: 2_000 }), target('d', { timeoutMs: 1 })];
    const changes = set.replace([...later, target('e')]);
    expect(changes).toEqual({
      added: [target('e')],
      removed: [target('a')],
      retimed: [later[1], later[2]],
      unchanged: 1,
    });
    expect([...set.values()].map(({ id }) => id)).toEqual(['b', 'c', 'd', 'e']);
    expect([set.size, set.get('c')?.intervalMs, set.get('a')]).toEqual([4, 2_000, undefined]);
  });

  it('holds what discovery says last, even of a target that stays', () => {
    const set = new TargetSet();
    set.replace([target('a')]);
    const found = target('a', { discoveredLabels: new Map([['__meta_x', 'new']]) });
    expect(set.replace([found])).toMatchObject({ added: [], retimed: [], unchanged: 1 });
    expect(set.get('a')).toBe(found);
  });

  it('can be emptied', () => {
    const set = new TargetSet();
    set.replace([target('a')]);
    expect(set.replace([])).toMatchObject({ removed: [{ id: 'a' }], unchanged: 0 });
    expect(set.size).toBe(0);
  });
});
