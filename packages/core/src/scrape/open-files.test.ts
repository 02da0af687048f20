import { expect, test } from 'vitest';
import type { Logger } from '../logger.js';
import { OpenFiles } from './open-files.js';

function scene(limits: string | Error) {
  const warned: object[] = [];
  const logger = { warn: (fields: object) => void warned.push(fields) } as unknown as Logger;
  const files = new OpenFiles(logger, () => {
    if (limits instanceof Error) throw limits;
    return limits;
  });
  return { warned, files };
}

const limits = (soft: string) =>
  `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            ${soft.padEnd(21)}20000                files     \n`;

test('more targets than the process may have sockets are said once, and again when they come again', () => {
  const { warned, files } = scene(limits('1024'));
  for (const targets of [824, 825, 900, 100, 5000]) files.check(targets);
  expect(warned).toEqual([
    { targets: 825, openFilesLimit: 1024, openFilesNeeded: 1025 },
    { targets: 5000, openFilesLimit: 1024, openFilesNeeded: 5200 },
  ]);
});

test.each([
  ['no limit', limits('unlimited')],
  ['a system that does not say', new Error('ENOENT')],
])('%s: nothing is said', (_name, given) => {
  const { warned, files } = scene(given);
  files.check(1e6);
  expect(warned).toEqual([]);
});
