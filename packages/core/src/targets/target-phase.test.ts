import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTickMs, targetPhaseMs } from './target-phase.js';

describe('targetPhaseMs', () => {
  it.each([
    ['0000000000000000', 15_000, 0],
    ['0000000000003a98', 15_000, 0],
    ['0000000000003a99', 15_000, 1],
    ['ffffffffffffffff', 15_000, 6_615],
    ['ffffffffffffffff', 1_000, 615],
    ['0123456789abcdef', 60_000, 26_895],
    ['ffffffffffffffff', 1, 0],
  ])('%s in %d is %d', (id, intervalMs, phaseMs) => {
    expect(targetPhaseMs(id, intervalMs)).toBe(phaseMs);
  });
});

describe('nextTickMs', () => {
  it.each([
    [0, 1_000, 0, 1_000],
    [999, 1_000, 0, 1_000],
    [1_000, 1_000, 0, 2_000],
    [1_000, 1_000, 250, 1_250],
    [1_250, 1_000, 250, 2_250],
    [100, 1_000, 250, 250],
    [1_700_000_000_123, 15_000, 7, 1_700_000_010_007],
    [10.5, 1_000, 11, 11],
  ])('after %d every %d from %d is %d', (nowMs, intervalMs, phaseMs, tickMs) => {
    expect(nextTickMs(nowMs, intervalMs, phaseMs)).toBe(tickMs);
  });

  it('is on the grid, after now, and at most one interval away', () => {
    const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
    fc.assert(
      fc.property(
        time,
        fc.integer({ min: 1, max: 86_400_000 }),
        fc.nat(),
        (nowMs, intervalMs, n) => {
          const phaseMs = n % intervalMs;
          const tickMs = nextTickMs(nowMs, intervalMs, phaseMs);
          expect((tickMs - phaseMs) % intervalMs === 0).toBe(true);
          expect(tickMs > nowMs && tickMs - nowMs <= intervalMs).toBe(true);
          expect(nextTickMs(tickMs, intervalMs, phaseMs)).toBe(tickMs + intervalMs);
        },
      ),
    );
  });
});
