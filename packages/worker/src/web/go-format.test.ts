import { describe, expect, it } from 'vitest';
import { formatDuration, formatTime } from './go-format.js';

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [1, '1ms'],
    [15_000, '15s'],
    [1500, '1s500ms'],
    [90_000, '1m30s'],
    [3_600_000, '1h'],
    [86_400_000, '1d'],
    [90_000_000, '25h'],
    [7 * 86_400_000, '1w'],
    [8 * 86_400_000, '8d'],
    [365 * 86_400_000, '1y'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('formatTime', () => {
  it('writes RFC 3339 with milliseconds', () => {
    expect(formatTime(1_700_000_000_123)).toBe('2023-11-14T22:13:20.123Z');
  });
  it('writes the zero time for never', () => {
    expect(formatTime(0)).toBe('0001-01-01T00:00:00Z');
  });
});
