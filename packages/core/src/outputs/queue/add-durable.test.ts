import { expect, it } from 'vitest';
import type { DrainStatus, DurableQueueStatus } from '../output.js';
import { addDurable } from './add-durable.js';

const queue = (drain?: DrainStatus): DurableQueueStatus => ({
  segments: 2,
  samplesRecovered: 10,
  recordsDamaged: 1,
  segmentsMissing: 0,
  isPaused: false,
  drain,
});

it('the queues of several topics drain together, where that of the first alone was told', () => {
  const drains = [undefined, { samplesPerSecond: 100, secondsLeft: 10 }, undefined];
  const slow = { samplesPerSecond: 5, secondsLeft: 60 };
  const all = [...drains, slow].map(queue).reduce(addDurable, undefined);
  expect(all).toEqual({
    segments: 8,
    samplesRecovered: 40,
    recordsDamaged: 4,
    segmentsMissing: 0,
    isPaused: false,
    drain: { samplesPerSecond: 105, secondsLeft: 60 },
  });
});

it('no queue is none, and one among none is that one', () => {
  expect(addDurable(undefined, undefined)).toBeUndefined();
  const one = { ...queue(), isPaused: true };
  expect([undefined, one, undefined].reduce(addDurable)).toBe(one);
  expect(addDurable(one, queue())?.isPaused).toBe(true);
});
