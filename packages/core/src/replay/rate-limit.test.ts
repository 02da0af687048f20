import { expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { RateLimit } from './rate-limit.js';

test('each request waits until those before it have had their time', () => {
  const limit = new RateLimit(new ManualClock(), 100);
  expect([limit.take(50), limit.take(100), limit.take(1)]).toEqual([0, 500, 1500]);
});

test('without a limit nothing waits', () => {
  const limit = new RateLimit(new ManualClock(), undefined);
  expect([limit.take(1e9), limit.take(1)]).toEqual([0, 0]);
});
