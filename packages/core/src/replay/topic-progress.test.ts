import { expect, test } from 'vitest';
import { type OffsetsOf, TopicProgress } from './topic-progress.js';

const source = { topic: 't', sasl: undefined, tls: undefined };

/** An admin that knows one topic of two partitions; `committed` is what the group has come to. */
function adminOf(
  committed: { offset: string },
  answered: Promise<void> = Promise.resolve(),
): OffsetsOf {
  return {
    fetchTopicOffsets: async () => [
      { partition: 0, offset: '10', high: '10', low: '2' },
      { partition: 1, offset: '5', high: '5', low: '5' },
    ],
    fetchTopicOffsetsByTimestamp: async () => [
      { partition: 0, offset: '7' },
      { partition: 1, offset: '5' },
    ],
    fetchOffsets: async () => {
      await answered;
      return [
        { topic: 't', partitions: [{ partition: 0, offset: committed.offset, metadata: null }] },
      ];
    },
  };
}

test('a topic is done where it ended when the replay began', async () => {
  const progress = new TopicProgress(source, adminOf({ offset: '-1' }));
  await progress.begin(undefined);
  expect([progress.messagesLeft, progress.isDone]).toEqual([8, false]);
  await progress.refresh('g');
  progress.moveTo(0, 9n);
  expect([progress.messagesLeft, progress.isDone]).toEqual([1, false]);
  progress.moveTo(0, 11n);
  expect([progress.messagesLeft, progress.isDone]).toEqual([0, true]);
  progress.extendTo(0, 12n);
  expect(progress.messagesLeft).toBe(1);
});

test('it begins where the group has come to, or at a time if that is later', async () => {
  for (const [offset, fromMs, left] of [
    ['4', undefined, 6],
    ['4', 1, 3],
    ['8', 1, 2],
  ] as const) {
    const progress = new TopicProgress(source, adminOf({ offset }));
    await progress.begin(fromMs);
    await progress.refresh('g');
    expect(progress.messagesLeft).toBe(left);
  }
});

test('what another member of the group has still to do is not done', async () => {
  const committed = { offset: '4' };
  const progress = new TopicProgress(source, adminOf(committed));
  await progress.begin(undefined);
  await progress.refresh('g');
  expect([progress.messagesLeft, progress.isDone]).toEqual([6, false]);
  committed.offset = '10';
  await progress.refresh('g');
  expect([progress.messagesLeft, progress.isDone]).toEqual([0, true]);
});

test('what is settled while the group is asked is not taken back', async () => {
  let answer: () => void = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const progress = new TopicProgress(source, adminOf({ offset: '4' }, answered));
  await progress.begin(undefined);
  const assigned = progress.refresh('g');
  progress.moveTo(0, 10n);
  answer();
  await assigned;
  expect(progress.isDone).toBe(true);
});
