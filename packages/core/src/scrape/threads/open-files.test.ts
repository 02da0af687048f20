import { expect, test } from 'vitest';
import type { Logger } from '../../logger.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { OpenFiles } from './open-files.js';

function scene(limits: string | Error) {
  const warned: object[] = [];
  const logger = { warn: (fields: object) => void warned.push(fields) } as unknown as Logger;
  const clock = new ManualClock(0);
  const files = new OpenFiles(logger, clock, () => {
    if (limits instanceof Error) throw limits;
    return limits;
  });
  const become = async (count: number) => {
    files.changed(new Map(Array.from({ length: count }, (_, i) => [String(i), i])));
    await clock.advance(1000);
  };
  return { warned, files, clock, become };
}

const limits = (soft: string) =>
  `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            ${soft.padEnd(21)}20000                files     \n`;

test('more targets than the process may have sockets are said once, and again when they come again', async () => {
  const { warned, become } = scene(limits('1024'));
  for (const targets of [824, 825, 900, 100, 5000]) await become(targets);
  expect(warned).toEqual([
    { targets: 825, openFilesLimit: 1024, openFilesNeeded: 1025 },
    { targets: 5000, openFilesLimit: 1024, openFilesNeeded: 5200 },
  ]);
});

test.each([
  ['no limit', limits('unlimited')],
  ['a system that does not say', new Error('ENOENT')],
])('%s: nothing is said', async (_name, given) => {
  const { warned, become } = scene(given);
  await become(10_000);
  expect(warned).toEqual([]);
});

test('targets that come in groups are counted when all are there', async () => {
  const { warned, files, clock } = scene(limits('1024'));
  const targets = new Map<string, number>();
  for (let i = 0; i < 2000; i++) {
    targets.set(String(i), i);
    files.changed(targets);
  }
  await clock.advance(1000);
  expect(warned).toEqual([{ targets: 2000, openFilesLimit: 1024, openFilesNeeded: 2200 }]);
});

test('after the end nothing is said', async () => {
  const { warned, files, clock } = scene(limits('10'));
  files.changed(new Map([['a', 1]]));
  files.close();
  await clock.advance(1000);
  expect(warned).toEqual([]);
});
