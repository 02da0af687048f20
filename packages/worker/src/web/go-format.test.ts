import { describe, expect, it } from 'vitest';
import { formatTime } from './go-format.js';

describe('formatTime', () => {
  it('writes RFC 3339 with milliseconds', () => {
    expect(formatTime(1_700_000_000_123)).toBe('2023-11-14T22:13:20.123Z');
  });
  it('writes the zero time for never', () => {
    expect(formatTime(0)).toBe('0001-01-01T00:00:00Z');
  });
});
