import { expect, it } from 'vitest';
import type { Logger } from '../../../logger.js';
import { Backlog } from './backlog.js';

function makeBacklog(): { backlog: Backlog; lines: string[] } {
  const lines: string[] = [];
  const info = (fields: object, message: string) =>
    lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { debug: info, info, warn: info, error: info } as Logger;
  return { backlog: new Backlog('out', logger), lines };
}

const left = (samples: number) => ({ samples, bytes: samples * 10, oldestMs: 0 });

it('tells of a backlog when it begins, each minute and when it is over', () => {
  const { backlog, lines } = makeBacklog();
  for (let second = 0; second <= 130; second++) {
    backlog.note(true, left(14_000 - second * 100), second * 1000);
  }
  backlog.note(false, left(0), 140_000);
  const oldest = '1970-01-01T00:00:00.000Z';
  const at = (samples: number, secondsLeft: number) =>
    JSON.stringify({
      output: 'out',
      samples,
      bytes: samples * 10,
      oldest,
      samplesPerSecond: 100,
      secondsLeft,
    });
  expect(lines).toEqual([
    `a backlog waits on the disk to be sent ${at(13_000, 130)}`,
    `the backlog on the disk is still being sent ${at(7000, 70)}`,
    `the backlog on the disk is still being sent ${at(1000, 10)}`,
    'the backlog on the disk is sent {"output":"out","mostSamples":14000,"lastedMs":140000}',
  ]);
  expect(backlog.status).toBeUndefined();
});

it('has no end in sight while it grows', () => {
  const { backlog, lines } = makeBacklog();
  for (let second = 0; second <= 10; second++) backlog.note(true, left(second * 50), second * 1000);
  expect(backlog.status).toEqual({ samplesPerSecond: -50, secondsLeft: undefined });
  expect(lines[0]).toContain('"samplesPerSecond":-50}');
});

it('knows the rate of the last minute, not of an outage before it', () => {
  const { backlog } = makeBacklog();
  for (let second = 0; second <= 600; second++) {
    backlog.note(true, left(second * 100), second * 1000);
  }
  for (let second = 601; second <= 665; second++) {
    backlog.note(true, left(60_000 - (second - 600) * 500), second * 1000);
  }
  expect(backlog.status).toEqual({ samplesPerSecond: 500, secondsLeft: 55 });
});

it('says nothing of a backlog that is gone in seconds', () => {
  const { backlog, lines } = makeBacklog();
  backlog.note(true, left(5), 0);
  backlog.note(true, left(5), 9000);
  backlog.note(false, left(0), 9500);
  expect(lines).toEqual([]);
});
