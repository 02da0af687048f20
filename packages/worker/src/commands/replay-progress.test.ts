import type { ReplayStatus } from '@prom-agent/core/replay';
import { expect, test } from 'vitest';
import { summaryLines } from './replay.js';
import { readTime } from './replay-command.js';
import { progressBar, ReplayPace } from './replay-progress.js';

const status: ReplayStatus = {
  messages: 1_500,
  repeats: 0,
  malformed: 0,
  samplesSent: 760_500,
  samplesRejected: 0,
  samplesOutside: 0,
  samplesUnsupported: 0,
  requests: 152,
  retries: 0,
  bytesSent: 1,
  messagesLeft: 500,
  lastError: '',
};

test('the bar tells how far it is, how fast it goes and how long it takes', () => {
  expect(progressBar(status, 52_000, 75.2)).toBe(
    '[==================>     ] 75%  1,500 messages, 500 left, 760,500 samples, 52,000/s, 1m16s to go',
  );
  const begin = { ...status, messages: 0, messagesLeft: 0, samplesSent: 0 };
  expect(progressBar(begin, 0, undefined)).toMatch(/^\[> {23}\] 0% {2}0 messages, 0 left/);
});

test('the pace is that of the last ten seconds', () => {
  const pace = new ReplayPace();
  pace.look({ ...status, messages: 0, samplesSent: 0 }, 0);
  const slow = { ...status, messages: 10, samplesSent: 5_000, messagesLeft: 90 };
  expect(pace.look(slow, 10_000)).toEqual({ samplesPerSecond: 500, secondsLeft: 90 });
  const fast = { ...status, messages: 60, samplesSent: 30_000, messagesLeft: 40 };
  expect(pace.look(fast, 15_000)).toEqual({ samplesPerSecond: 5_000, secondsLeft: 4 });
});

test('the summary names all that did not arrive', () => {
  expect(summaryLines(status)).toEqual([
    '1500 messages, 760500 samples sent',
    '  500 messages left: the same command goes on from here',
  ]);
  const refused = { ...status, messagesLeft: 0, samplesRejected: 2, lastError: 'HTTP 400: no' };
  expect(summaryLines(refused)[1]).toBe('  2 samples refused by the receiver: HTTP 400: no');
});

test.each([
  ['2026-01-31T00:00:00Z', Date.UTC(2026, 0, 31)],
  ['2026-01-31t01:00:00.5+01:00', Date.UTC(2026, 0, 31) + 500],
  ['1769817600', Date.UTC(2026, 0, 31)],
  ['1769817600.123', Date.UTC(2026, 0, 31) + 123],
])('%s is a time', (text, ms) => {
  expect(readTime(text)).toBe(ms);
});

test.each(['', 'now', '2026-01-31', '2026-13-31T00:00:00Z', '-1', '1e9'])('%s is none', (text) => {
  expect(() => readTime(text)).toThrow(/is no time/);
});
