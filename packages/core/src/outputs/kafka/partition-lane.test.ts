import { expect, test } from 'vitest';
import { BatchBuffers } from './batch-buffers.js';
import { PartitionLane } from './partition-lane.js';
import { noIdentity } from './producer-identity.js';
import type { TakenMessage } from './taken-message.js';

const identity = { id: 5n, epoch: 0 };
const mostBytes = 1_000_000;
const tools = { buffers: new BatchBuffers(), codec: undefined };

function message(id: number, bytes = 100): TakenMessage {
  const recordEnd = new Uint8Array(bytes).fill(id);
  return { recordEnd, keyHash: 1, timestampMs: 1000 + id, samples: 2, taken: {} as never };
}

function laneOf(count: number): PartitionLane {
  const lane = new PartitionLane('t', 0);
  for (let i = 0; i < count; i++) lane.push(message(i));
  return lane;
}

const idsOf = (messages: readonly TakenMessage[]): number[] =>
  messages.map(({ recordEnd }) => recordEnd[0]!);

test('a batch is sent again as it was: its bytes and its sequence', () => {
  const lane = laneOf(3);
  const first = lane.next(identity, mostBytes, tools);
  lane.push(message(9));
  const again = lane.next(identity, mostBytes, tools);
  expect(again).toBe(first);
  expect([again.sequence, again.attempts, again.samples]).toEqual([0, 2, 6]);
});

test('sequences go on where the batch before ended', () => {
  const lane = laneOf(3);
  lane.next(identity, mostBytes, tools);
  lane.done();
  lane.push(message(3));
  expect(lane.next(identity, mostBytes, tools).sequence).toBe(3);
});

test('after a batch that was too large smaller ones begin at its sequence, in order', () => {
  const lane = laneOf(8);
  lane.next(identity, mostBytes, tools);
  expect(lane.shrink()).toBe(true);
  const ids: number[] = [];
  let sequence = 0;
  while (!lane.isEmpty) {
    const batch = lane.next(identity, mostBytes, tools);
    expect(batch.sequence).toBe(sequence);
    sequence += batch.messages.length;
    ids.push(...idsOf(lane.done()));
  }
  expect(ids).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test('a message that alone is too large is told apart from a batch', () => {
  const lane = laneOf(1);
  lane.next(identity, mostBytes, tools);
  expect(lane.shrink()).toBe(false);
  lane.replaceFirst([message(1), message(2)]);
  expect(idsOf(lane.next(identity, mostBytes, tools).messages)).toEqual([1]);
});

test('a refused batch goes message by message: the one to blame is dropped, the others pass', () => {
  const lane = laneOf(3);
  lane.next(identity, mostBytes, tools);
  expect(lane.separate()).toBe(true);
  lane.next(identity, mostBytes, tools);
  lane.done();
  lane.next(identity, mostBytes, tools);
  expect(lane.separate()).toBe(false);
  expect(idsOf([lane.dropFirst()])).toEqual([1]);
  const last = lane.next(identity, mostBytes, tools);
  expect([idsOf(last.messages), last.sequence]).toEqual([[2], 1]);
});

test('another identity begins at 0 with what was not acknowledged', () => {
  const lane = laneOf(2);
  lane.next(identity, mostBytes, tools);
  lane.done();
  lane.push(message(7));
  lane.next(identity, mostBytes, tools);
  const other = { id: 6n, epoch: 0 };
  const batch = lane.next(other, mostBytes, tools);
  expect([batch.identity, batch.sequence, idsOf(batch.messages)]).toEqual([other, 0, [7]]);
});

test('without an identity batches have no sequence', () => {
  const lane = laneOf(2);
  expect(lane.next(noIdentity, mostBytes, tools).sequence).toBe(-1);
});

test('a batch holds no more bytes than the topic takes, but one message at least', () => {
  const lane = laneOf(5);
  expect(lane.next(identity, 400, tools).messages).toHaveLength(2);
  lane.done();
  expect(lane.next(identity, 1, tools).messages).toHaveLength(1);
});

test('memory that is refused for a batch loses no message and no sequence', () => {
  const lane = laneOf(3);
  lane.next(identity, 400, tools);
  lane.done();
  const refused = new (class extends BatchBuffers {
    override take(): never {
      throw new RangeError('Array buffer allocation failed');
    }
  })();
  expect(() => lane.next(identity, 400, { ...tools, buffers: refused })).toThrow(RangeError);
  const batch = lane.next(identity, 400, tools);
  expect([idsOf(batch.messages), batch.sequence]).toEqual([[2], 2]);
});
