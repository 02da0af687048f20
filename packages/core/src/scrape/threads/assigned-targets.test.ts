import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AssignedTargets } from './assigned-targets.js';

const step = fc.record({
  id: fc.integer({ min: 0, max: 99 }).map(String),
  slot: fc.nat({ max: 300 }),
  load: fc.double({ min: 0, noNaN: true }),
  intervalMs: fc.nat(),
  goes: fc.boolean(),
});

it('holds what a map of objects would', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const assigned = new AssignedTargets();
      const expected = new Map<string, number[]>();
      for (const { id, slot, load, intervalMs, goes } of steps) {
        if (goes) {
          assigned.delete(id);
          expected.delete(id);
        } else {
          assigned.set(id, slot, load, intervalMs);
          expected.set(id, [slot, load, intervalMs]);
        }
      }
      const of = (id: string) => [
        assigned.slotOf(id),
        assigned.loadOf(id),
        assigned.intervalMsOf(id),
      ];
      const found = [...assigned.ids].map((id) => [id, of(id)]);
      expect(new Map(found as [string, number[]][])).toEqual(expected);
      expect(assigned.size).toBe(expected.size);
    }),
  );
});

it('knows nothing of a target that is gone', () => {
  const assigned = new AssignedTargets();
  assigned.set('a', 1, 5, 1);
  assigned.delete('a');
  assigned.delete('a');
  assigned.set('b', 2, 6, 1);
  assigned.set('c', 3, 7, 1);
  expect(assigned.slotOf('a')).toBeUndefined();
  expect([assigned.loadOf('a'), assigned.intervalMsOf('a')]).toEqual([0, 0]);
  expect([assigned.slotOf('b'), assigned.slotOf('c')]).toEqual([2, 3]);
});
