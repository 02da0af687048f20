import { expect, test } from 'vitest';
import type { TargetEnd, ToShard } from '../messages.js';
import type { TargetPlan } from '../target-plan.js';
import { Assignment } from './assignment.js';
import { TargetMoves } from './target-moves.js';

const plan: TargetPlan = {
  id: 'a',
  job: 'j',
  url: 'http://h/',
  labels: [],
  intervalMs: 1000,
  timeoutMs: 1000,
  phaseMs: 0,
  source: 'http',
};

function start() {
  const assignment = new Assignment(2);
  assignment.assign('a', 1000);
  const posted: [slot: number, type: ToShard['type']][] = [];
  const removed: [string, TargetEnd][] = [];
  const dead = new Set<number>();
  const moves = new TargetMoves({
    assignment,
    planOf: () => plan,
    post: (slot, message) => {
      if (dead.has(slot)) return false;
      posted.push([slot, message.type]);
      return true;
    },
    remove: (targetId, end) => removed.push([targetId, end]),
  });
  moves.begin({ targetId: 'a', from: 0, to: 1 });
  return { assignment, posted, removed, dead, moves };
}

test('a target is the new thread’s once the old one has let go', () => {
  const { assignment, posted, moves } = start();
  expect(assignment.slotOf('a')).toBe(0);
  moves.released('a', new Uint8Array(1));
  expect(assignment.slotOf('a')).toBe(1);
  expect(posted).toEqual([
    [0, 'release'],
    [1, 'take-over'],
  ]);
  expect(moves.counts).toEqual({ moved: 1, kept: 0, lost: 0 });
  expect(moves.has('a')).toBe(false);
});

test('what discovery says meanwhile waits: a removed target ends where it arrived', () => {
  const { removed, moves } = start();
  expect(moves.removed('a', 'gone')).toBe(true);
  expect(removed).toEqual([]);
  moves.released('a', new Uint8Array(1));
  expect(removed).toEqual([['a', 'gone']]);
});

test('a target that is removed and comes back stays', () => {
  const { removed, moves } = start();
  moves.removed('a', 'gone');
  expect(moves.changed('a')).toBe(true);
  moves.released('a', new Uint8Array(1));
  expect(removed).toEqual([]);
});

test('a changed target that did not move is told where it is', () => {
  const { assignment, posted, moves } = start();
  moves.changed('a');
  moves.kept('a');
  expect(assignment.slotOf('a')).toBe(0);
  expect(posted.at(-1)).toEqual([0, 'targets']);
  expect(moves.counts).toEqual({ moved: 0, kept: 1, lost: 0 });
});

test('the old thread dies: the target starts clean there', () => {
  const { assignment, moves } = start();
  moves.lost(1);
  expect(moves.has('a')).toBe(true);
  moves.lost(0);
  expect(moves.has('a')).toBe(false);
  expect(assignment.slotOf('a')).toBe(0);
  expect(moves.counts).toEqual({ moved: 0, kept: 0, lost: 1 });
});

test('the new thread is dead: the target is its own all the same, to be told when it is back', () => {
  const { assignment, dead, moves } = start();
  dead.add(1);
  moves.released('a', new Uint8Array(1));
  expect(assignment.slotOf('a')).toBe(1);
  expect(moves.counts).toEqual({ moved: 0, kept: 0, lost: 1 });
});

test('a thread that is dead is asked for nothing', () => {
  const { dead, moves } = start();
  moves.kept('a');
  dead.add(0);
  moves.begin({ targetId: 'a', from: 0, to: 1 });
  expect(moves.has('a')).toBe(false);
});
