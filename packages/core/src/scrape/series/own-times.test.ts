import { expect, test } from 'vitest';
import { OwnTimes } from './own-times.js';

function noted(timestampMs: number, value: number): OwnTimes {
  const times = new OwnTimes();
  times.note(
    Int32Array.of(0, 3),
    Float64Array.of(9, value),
    Float64Array.of(Number.NaN, timestampMs),
    2,
  );
  return times;
}

// what, time and value of the last sample, of the next, why it is refused
test.each([
  ['later', [1000, 1], [1001, 1], undefined],
  ['the same again', [1000, 1], [1000, 1], undefined],
  ['NaN again', [1000, Number.NaN], [1000, Number.NaN], undefined],
  ['another value at the same time', [1000, 1], [1000, 2], 'duplicate_timestamp'],
  ['earlier', [1000, 1], [999, 1], 'out_of_order'],
] as const)('%s', (_what, [lastMs, lastValue], [timestampMs, value], reason) => {
  expect(noted(lastMs, lastValue).refusal(3, timestampMs, value)).toBe(reason);
});

test('a sample at the time of its scrape leaves nothing behind', () => {
  expect(noted(1000, 1).refusal(0, -5, 1)).toBeUndefined();
});

test('a ref that stands for another series begins anew', () => {
  const times = noted(1000, 1);
  times.forget(3);
  times.forget(300);
  expect(times.refusal(3, 1, 1)).toBeUndefined();
});

test('the newest of several samples of a scrape counts', () => {
  const times = new OwnTimes();
  times.note(Int32Array.of(7, 7), Float64Array.of(2, 1), Float64Array.of(2000, 1000), 2);
  expect(times.refusal(7, 1500, 1)).toBe('out_of_order');
  expect(times.reaches(7, 2000)).toBe(true);
  expect(times.reaches(7, 2001)).toBe(false);
});
