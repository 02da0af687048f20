import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ownerOf } from './ownership.js';
import { StaticMembership } from './static-membership.js';

function member(number: number, members: number): StaticMembership {
  return new StaticMembership({ name: 'p', engine: 'static', static: { member: number, members } });
}

const ids = Array.from({ length: 1_000 }, (_, i) =>
  createHash('sha256').update(String(i)).digest('hex').slice(0, 16),
);

describe('StaticMembership', () => {
  it('each target has exactly one owner, the one of the rendezvous among "0" to "n-1"', () => {
    const pool = [0, 1, 2].map((number) => member(number, 3));
    for (const id of ids) {
      const owners = pool.flatMap((one, number) => (one.owns(id) ? [`${number}`] : []));
      expect(owners).toEqual([ownerOf(id, ['0', '1', '2'])]);
    }
  });

  it('names are counted, not sorted: with more than ten members too', () => {
    const pool = Array.from({ length: 12 }, (_, number) => member(number, 12));
    for (const id of ids) expect(pool.filter((one) => one.owns(id))).toHaveLength(1);
  });

  it('the one member of a pool owns all', () => {
    expect(ids.every((id) => member(0, 1).owns(id))).toBe(true);
  });
});
