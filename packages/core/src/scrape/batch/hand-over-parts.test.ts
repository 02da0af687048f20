import { expect, test } from 'vitest';
import type { ScrapeBatch } from '../../outputs/scrape-batch.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { BusyTarget, busyMemory, wordsOf } from '../busy-target.js';
import { GiveUp } from '../give-up.js';
import { samplesPerPart } from './batch-parts.js';
import { handOverParts } from './hand-over-parts.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

const batch: ScrapeBatch = {
  targetId: 't',
  series: { labelBytes: () => new Uint8Array(0) },
  timestampMs: 1000,
  layout: 1,
  count: 5 * samplesPerPart,
  refs: new Int32Array(5 * samplesPerPart),
  values: new Float64Array(5 * samplesPerPart),
  timestampsMs: undefined,
  staleCount: 0,
  staleRefs: new Int32Array(0),
};

/** An output that has room for so many parts, and takes none away by itself. */
function start(roomForParts: number) {
  const clock = new ManualClock(1_000_000);
  const state = { room: roomForParts, taken: 0, isOver: false, isDone: false };
  const receiver = {
    clock,
    hasRoom: () => state.taken < state.room,
    deliver: () => {
      state.taken++;
    },
  };
  const words = wordsOf('00000000000000aa');
  const of = { busy: new BusyTarget(busyMemory()), words, giveUp: new GiveUp() };
  const deadlineMs = clock.monotonicMs() + 1000;
  const done = handOverParts(batch, receiver, of, deadlineMs, () => state.isOver).then(() => {
    state.isDone = true;
  });
  return { clock, state, done };
}

test('all parts go out one after the other, others run between', async () => {
  const { state, done } = start(99);
  expect(state.taken).toBe(1);
  await turn();
  expect(state.taken).toBe(2);
  await done;
  expect(state.taken).toBe(5);
});

test('an output without room is waited for', async () => {
  const { clock, state, done } = start(2);
  await turns(20);
  expect(state.taken).toBe(2);
  state.room = 4;
  await clock.advance(10);
  await turns(20);
  expect(state.taken).toBe(4);
  state.room = 5;
  await clock.advance(10);
  await done;
  expect(state.taken).toBe(5);
});

test('past the deadline the rest goes out whatever room there is', async () => {
  const { clock, state, done } = start(1);
  await turns(5);
  for (let i = 0; i < 100; i++) {
    await clock.advance(10);
    await turn();
  }
  await done;
  expect(state.taken).toBe(5);
});

test('when it is over nothing more goes out', async () => {
  const { clock, state, done } = start(1);
  await turns(5);
  state.isOver = true;
  await clock.advance(10);
  await done;
  expect(state.taken).toBe(1);
});
