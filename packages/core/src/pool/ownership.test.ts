import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownerOf, Rendezvous } from './ownership.js';

const ids = Array.from({ length: 20_000 }, (_, i) =>
  createHash('sha256').update(String(i)).digest('hex').slice(0, 16),
);

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `agent-${i}:9464`);
}

describe('ownerOf', () => {
  // From a second implementation, written in another language from the description alone. Members of
  // different versions must agree, so these never change.
  it.each([
    ['0000000000000000', ['0', '1', '2'], '0'],
    ['ffffffffffffffff', ['0', '1', '2'], '1'],
    ['31fb2e53417a94d7', ['0', '1', '2'], '1'],
    ['6246d28ec8fcef48', ['0', '1', '2'], '2'],
    ['08fafd081a95bfaf', ['0', '1', '2', '3'], '1'],
    ['ea388d13ee3beafe', ['host-a:9464', 'host-b:9464', 'host-c:9464'], 'host-b:9464'],
    ['0123456789abcdef', ['ü', '😀', '\uff01', 'z'], 'z'],
    ['31fb2e53417a94d7', ['one'], 'one'],
  ])('%s among %j is %s', (id, members, owner) => {
    expect(ownerOf(id, members)).toBe(owner);
  });

  it.each([2, 3, 5, 10])('shares targets out evenly among %d', (count) => {
    const shares = new Map(names(count).map((name) => [name, 0]));
    const members = new Rendezvous(names(count));
    for (const id of ids) {
      const owner = members.ownerOf(id);
      shares.set(owner, shares.get(owner)! + 1);
    }
    const mean = ids.length / count;
    for (const share of shares.values()) expect(Math.abs(share / mean - 1)).toBeLessThan(0.06);
  });

  it('ids that differ in a few bits only are shared out evenly too', () => {
    const members = new Rendezvous(names(4));
    for (const shift of [0n, 20n, 32n, 44n]) {
      const shares = new Map<string, number>();
      for (let i = 0n; i < 4_096n; i++) {
        const owner = members.ownerOf((i << shift).toString(16).padStart(16, '0'));
        shares.set(owner, (shares.get(owner) ?? 0) + 1);
      }
      for (const share of shares.values()) expect(Math.abs(share / 1_024 - 1)).toBeLessThan(0.12);
    }
  });

  it.each([1, 2, 4, 9])(
    'a member that joins %d takes its share and moves nothing else',
    (count) => {
      const before = new Rendezvous(names(count));
      const after = new Rendezvous(names(count + 1));
      const moved = ids.filter((id) => before.ownerOf(id) !== after.ownerOf(id));
      expect(moved.length / ids.length).toBeLessThanOrEqual(1.1 / (count + 1));
      expect(new Set(moved.map((id) => after.ownerOf(id)))).toEqual(
        new Set(names(count + 1).slice(-1)),
      );
    },
  );

  const id = fc
    .bigInt({ min: 0n, max: 2n ** 64n - 1n })
    .map((n) => n.toString(16).padStart(16, '0'));
  const members = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1 }), {
    minLength: 1,
    maxLength: 8,
  });

  it('is a member, whatever the order they are named in', () => {
    fc.assert(
      fc.property(id, members, (targetId, list) => {
        const owner = ownerOf(targetId, list);
        expect(list).toContain(owner);
        expect(ownerOf(targetId, list.toReversed())).toBe(owner);
      }),
    );
  });

  it('stays the owner when another member leaves', () => {
    fc.assert(
      fc.property(id, members, (targetId, list) => {
        const owner = ownerOf(targetId, list);
        for (const gone of list) {
          if (gone === owner) continue;
          expect(
            ownerOf(
              targetId,
              list.filter((name) => name !== gone),
            ),
          ).toBe(owner);
        }
      }),
    );
  });

  it('needs a member', () => {
    expect(() => ownerOf('0000000000000000', [])).toThrow(RangeError);
  });
});
