import { expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.js';
import { Quarantine } from './quarantine.js';

const minuteMs = 60_000;

function start() {
  const clock = new ManualClock();
  const freed: string[] = [];
  const quarantine = new Quarantine(clock, (targetId) => freed.push(targetId));
  return { clock, freed, quarantine };
}

test('one death is no quarantine, a second within the hour is', async () => {
  const { clock, freed, quarantine } = start();
  expect(quarantine.died('a')).toBe(false);
  expect(quarantine.refusalOf('a')).toBeUndefined();
  await clock.advance(59 * minuteMs);
  expect(quarantine.died('a')).toBe(true);
  expect(quarantine.refusalOf('a')).toMatchObject({ reason: 'quarantined' });
  expect(quarantine.held()).toEqual(['a']);
  await clock.advance(10 * minuteMs);
  expect(freed).toEqual(['a']);
  expect(quarantine.size).toBe(0);
});

test('a death an hour after the last is a first one again', async () => {
  const { clock, quarantine } = start();
  quarantine.died('a');
  await clock.advance(60 * minuteMs);
  expect(quarantine.died('a')).toBe(false);
});

test('each further death doubles the time, up to a day', async () => {
  const { clock, freed, quarantine } = start();
  quarantine.died('a');
  const pauses: number[] = [];
  for (let i = 0; i < 10; i++) {
    expect(quarantine.died('a')).toBe(true);
    const count = freed.length;
    let minutes = 0;
    while (freed.length === count) {
      await clock.advance(minuteMs);
      minutes++;
    }
    pauses.push(minutes);
  }
  expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]);
});

test('what is lifted starts anew, and no timer is left', async () => {
  const { clock, freed, quarantine } = start();
  quarantine.died('a');
  quarantine.died('a');
  quarantine.lift('a');
  expect(quarantine.refusalOf('a')).toBeUndefined();
  expect(quarantine.died('a')).toBe(false);
  quarantine.died('b');
  quarantine.close();
  expect(clock.pendingTimers).toBe(0);
  expect(freed).toEqual([]);
});
