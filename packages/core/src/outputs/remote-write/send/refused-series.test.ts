import { expect, it } from 'vitest';
import { field } from '../../wire/request-parts.js';
import { RefusedSeries } from './refused-series.js';

const answer = { status: 400, retryAfter: undefined, words: 'no' };

/** A series of a request of 1.0 with one sample. */
function series(name: string, sample = 1): Uint8Array {
  const label = field(0x0a, Buffer.from(name));
  return field(0x0a, Buffer.concat([label, field(0x12, Uint8Array.of(sample))]));
}

it('knows a series by its labels, whatever its sample is', () => {
  const refused = new RefusedSeries();
  expect(refused.lookIn(0, 0)).toBeUndefined();
  refused.add(0, series('a', 1), answer, 0);
  expect(refused.lookIn(1, 0)).toBeUndefined();
  const isRefused = refused.lookIn(0, 0)!;
  expect([series('a', 2), series('b', 1)].map(isRefused)).toEqual([true, false]);
  refused.delete(0, series('a', 3));
  expect(refused.lookIn(0, 0)).toBeUndefined();
});

it('forgets those that were not refused for ten minutes', () => {
  const refused = new RefusedSeries();
  refused.add(0, series('a'), answer, 0);
  refused.add(0, series('b'), answer, 1);
  refused.add(0, series('a'), answer, 300_000);
  expect([series('a'), series('b')].map(refused.lookIn(0, 600_001)!)).toEqual([true, false]);
  expect(refused.lookIn(0, 900_000)).toBeUndefined();
});

it('knows a thousand of a lane at most, those that were refused last', () => {
  const refused = new RefusedSeries();
  for (let i = 0; i < 1500; i++) refused.add(0, series(`s${i}`), answer, i);
  const isRefused = refused.lookIn(0, 1500)!;
  expect([499, 500, 1499].map((i) => isRefused(series(`s${i}`)))).toEqual([false, true, true]);
});
