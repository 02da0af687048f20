import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import type { ToShard } from '../messages.js';
import type { PlannedTarget, TargetPlan } from '../target-plan.js';
import { TargetTellings } from './target-tellings.js';

const ids = Array.from({ length: 120 }, (_, i) => `target-${i}`);
let known: Set<string>;
let pieces: string[][];
let tellings: TargetTellings;

beforeEach(() => {
  known = new Set(ids);
  pieces = [];
  tellings = new TargetTellings({
    targetOf: (_slot, id) => (known.has(id) ? planned(id) : undefined),
    post: (_slot, message) => pieces.push(idsIn(message)) > 0,
  });
});

it('tells of a few targets at once', () => {
  void tellings.tell(0, ids.slice(0, 50));
  expect(pieces).toEqual([ids.slice(0, 50)]);
});

it('tells of many in pieces, each in a turn of the event loop of its own', async () => {
  const told = tellings.tell(0, ids);
  expect(pieces).toEqual([ids.slice(0, 50)]);
  await told;
  expect(pieces).toEqual([ids.slice(0, 50), ids.slice(50, 100), ids.slice(100)]);
});

it('leaves out what has gone before its turn', async () => {
  const told = tellings.tell(0, ids);
  for (const id of ids.slice(60)) known.delete(id);
  await told;
  expect(pieces).toEqual([ids.slice(0, 50), ids.slice(50, 60)]);
});

it('tells a thread that dies meanwhile nothing more, and its successor all', async () => {
  const first = tellings.tell(0, ids);
  tellings.lost(0);
  await turn();
  expect(pieces).toHaveLength(1);
  await Promise.all([first, tellings.tell(0, ids)]);
  expect(pieces.slice(1).flat()).toEqual(ids);
});

it('tells two threads side by side, and none once closed', async () => {
  const told = [tellings.tell(0, ids), tellings.tell(1, ids)];
  tellings.close();
  await Promise.all(told);
  expect(pieces).toEqual([ids.slice(0, 50), ids.slice(0, 50)]);
});

function planned(id: string): PlannedTarget {
  return { id, job: 'j', url: '', intervalMs: 1000, plan: () => ({ id }) as TargetPlan };
}

function idsIn(message: ToShard): string[] {
  return message.type === 'targets' ? message.add.map(({ id }) => id) : [];
}
