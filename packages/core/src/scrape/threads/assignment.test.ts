import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Assignment } from './assignment.js';

/** All slots are in use from their first target on. */
function inUse(slots: number): Assignment {
  return new Assignment(slots, 1);
}

/** Assigns and measures targets of the given samples at an interval of 1 s. */
function assigned(slots: number, samples: readonly number[]): Assignment {
  const assignment = inUse(slots);
  for (const [i, count] of samples.entries()) {
    assignment.assign(`t${i}`, 1000);
    assignment.measured(`t${i}`, count);
  }
  return assignment;
}

const heaviest = (assignment: Assignment) => Math.max(...assignment.loads);
const mean = ({ loads }: Assignment) => loads.reduce((sum, load) => sum + load, 0) / loads.length;

test('one thread bears a light load alone', () => {
  const assignment = new Assignment(4);
  for (let i = 0; i < 5000; i++) assignment.assign(`t${i}`, 15_000);
  for (let i = 0; i < 5000; i++) assignment.measured(`t${i}`, 50);
  expect(assignment.rebalance(() => true)).toEqual([]);
  expect(assignment.slotsInUse).toBe(1);
});

test('threads are taken into use as the load asks for them, one at a time', () => {
  const assignment = new Assignment(3);
  for (let i = 0; i < 100; i++) assignment.assign(`t${i}`, 1000);
  for (let i = 0; i < 100; i++) assignment.measured(`t${i}`, 9500);
  const moves: number[] = [];
  for (let minute = 0; minute < 40; minute++) {
    const some = assignment.rebalance(() => true);
    for (const move of some) assignment.move(move);
    moves.push(some.length);
    if (minute === 0) expect(assignment.slotsInUse).toBe(2);
  }
  expect(assignment.slotsInUse).toBe(3);
  expect(heaviest(assignment)).toBeLessThan(mean(assignment) * 1.25);
  expect(moves.at(-1)).toBe(0);
});

test('many targets at once take as many threads as they need before any was scraped', () => {
  const assignment = new Assignment(4);
  for (let i = 0; i < 1000; i++) assignment.assign(`t${i}`, 1000);
  expect(assignment.slotsInUse).toBe(2);
  expect(heaviest(assignment)).toBe(250_000);
});

test('a target stays where it is', () => {
  const assignment = assigned(2, [10, 10, 10]);
  const slot = assignment.slotOf('t0');
  assignment.measured('t0', 1e6);
  expect(assignment.assign('t0', 1000)).toBe(slot);
});

test('a new target goes to the thread that bears least', () => {
  const assignment = assigned(2, [100_000, 10, 10, 10]);
  expect([1, 2, 3].map((i) => assignment.slotOf(`t${i}`))).toEqual([1, 1, 1]);
  expect(assignment.slotOf('t0')).toBe(0);
});

test('of targets nobody has scraped yet, each thread gets the same number', () => {
  const assignment = inUse(4);
  const slots = Array.from({ length: 100 }, (_, i) => assignment.assign(`t${i}`, 1000));
  for (let slot = 0; slot < 4; slot++) expect(slots.filter((s) => s === slot)).toHaveLength(25);
});

test('what is released bears no more', () => {
  const assignment = assigned(2, [5, 6, 7, 8]);
  for (let i = 0; i < 4; i++) assignment.release(`t${i}`);
  expect(assignment.loads).toEqual([0, 0]);
});

test('nothing moves while no thread bears a quarter more than the mean', () => {
  expect(assigned(2, [1000, 1000, 1000, 1400]).rebalance(() => true)).toEqual([]);
});

test('one target too heavy for any thread moves nothing', () => {
  expect(assigned(2, [1e6, 10, 10]).rebalance(() => true)).toEqual([]);
});

test('what may not move stays', () => {
  const assignment = assigned(2, [100, 100, 100, 100, 100, 100]);
  for (const i of [0, 2, 4]) assignment.measured(`t${i}`, 9000);
  expect(assignment.rebalance(() => false)).toEqual([]);
  expect(assignment.rebalance((id) => id === 't2')).toEqual([{ targetId: 't2', from: 0, to: 1 }]);
});

test('rebalancing ends, moves few at a time, and never makes the heaviest thread heavier', () => {
  const samples = fc.array(fc.nat({ max: 50_000 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 8 }), samples, samples, (slots, before, after) => {
      const assignment = assigned(slots, before);
      for (const [i, count] of after.entries()) assignment.measured(`t${i}`, count);
      const most = Math.max(1, Math.floor(before.length * 0.25));
      for (let minute = 0; ; minute++) {
        expect(minute).toBeLessThan(1000);
        const heavy = heaviest(assignment);
        const moves = assignment.rebalance(() => true);
        expect(moves.length).toBeLessThanOrEqual(most);
        for (const move of moves) assignment.move(move);
        expect(heaviest(assignment)).toBeLessThanOrEqual(heavy + 1e-6);
        if (moves.length === 0) break;
      }
      expect(mean(assignment)).toBeGreaterThan(0);
    }),
  );
});

test('many equal targets, all on one thread of four, spread within twenty minutes', () => {
  const assignment = assigned(4, new Array<number>(400).fill(100));
  for (let i = 0; i < 400; i++) {
    const from = assignment.slotOf(`t${i}`)!;
    assignment.move({ targetId: `t${i}`, from, to: 0 });
  }
  for (let minute = 0; minute < 20; minute++) {
    for (const move of assignment.rebalance(() => true)) assignment.move(move);
  }
  expect(heaviest(assignment)).toBeLessThanOrEqual(mean(assignment) * 1.25);
});
