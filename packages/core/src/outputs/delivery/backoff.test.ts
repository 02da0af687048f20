import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.js';

describe('Backoff', () => {
  const options = { minBackoffMs: 30, maxBackoffMs: 500 };

  it('doubles from min to max, shortened by up to half', () => {
    const backoff = new Backoff(options);
    for (const full of [30, 60, 120, 240, 480, 500, 500]) {
      const ms = backoff.nextMs(0);
      expect(ms).toBeLessThanOrEqual(full);
      expect(ms).toBeGreaterThanOrEqual(Math.max(30, full / 2));
    }
    backoff.reset();
    expect(backoff.nextMs(0)).toBe(30);
  });

  it('waits as long as the receiver asks, beyond max too', () => {
    const backoff = new Backoff(options);
    expect(backoff.nextMs(120_000)).toBe(120_000);
    expect(backoff.nextMs(0)).toBeLessThanOrEqual(60);
  });
});
