import { expect, test } from 'vitest';
import { BatchBuffers } from './batch-buffers.js';

const mb = 2 ** 20;

test('what was given is taken again, the smallest that has room', () => {
  const buffers = new BatchBuffers();
  const [small, large] = [buffers.take(20_000), buffers.take(200_000)];
  buffers.give(large.subarray(0, 150_000));
  buffers.give(small.subarray(0, 100));
  expect(buffers.memoryBytes).toBe(small.length + large.length);
  expect(buffers.take(10_000).buffer).toBe(small.buffer);
  expect(buffers.take(10_000).buffer).toBe(large.buffer);
  expect(buffers.memoryBytes).toBe(0);
});

test('a buffer in use is nobody else’s', () => {
  const buffers = new BatchBuffers();
  const all = Array.from({ length: 5 }, () => buffers.take(1000).buffer);
  expect(new Set(all).size).toBe(5);
});

test.each([1, 16_384, 16_385, mb, mb + 1, 3 * mb])('there is room for %d bytes', (bytes) => {
  expect(new BatchBuffers().take(bytes).length).toBeGreaterThanOrEqual(bytes);
});

test('no more than 8 MiB are kept: those that came first go', () => {
  const buffers = new BatchBuffers();
  const taken = Array.from({ length: 12 }, () => buffers.take(mb));
  for (const one of taken) buffers.give(one);
  expect(buffers.memoryBytes).toBe(8 * mb);
  const kept = Array.from({ length: 8 }, () => buffers.take(mb).buffer);
  expect(new Set(kept)).toEqual(new Set(taken.slice(4).map(({ buffer }) => buffer)));
});

test('cleared, it keeps nothing', () => {
  const buffers = new BatchBuffers();
  buffers.give(buffers.take(mb));
  buffers.clear();
  expect(buffers.memoryBytes).toBe(0);
});
