import { describe, expect, it } from 'vitest';
import {
  folderName,
  lifeOf,
  nobody,
  ownOwner,
  parseFolderName,
  type QueueOwner,
} from './queue-owner.js';

const own = ownOwner('0a', 1, 0);
const elsewhere = own.space === '00000000' ? '00000001' : '00000000';
const hasProc = own.startTime !== '';
/** The highest id Linux gives. */
const noProcess = 4_194_304;

describe('the owner of a queue', () => {
  it.each([
    own,
    nobody(own),
    { ...own, startTime: '' },
    { ...own, agent: 'zz9', thread: 12, queue: 345 },
  ])('is in the name of its folder: %j', (owner) => {
    expect(parseFolderName(folderName(owner))).toEqual(owner);
  });

  it.each(['lost+found', 'q-1-2-3', 'adopted-0', `${folderName(own)}.old`])(
    'is not read from %s',
    (name) => {
      expect(parseFolderName(name)).toBeUndefined();
    },
  );

  it.each<[string, Partial<QueueOwner>, boolean, string]>([
    ['gave it up', { pid: 0 }, false, 'dead'],
    ['is another thread of this process', { thread: 2 }, false, 'alive'],
    ['is another agent of this process', { agent: '0b' }, false, 'alive'],
    ['is this thread, with another queue open', { queue: 1 }, true, 'alive'],
    ['was a thread in the place of this one', { queue: 1 }, false, 'dead'],
    ['had the id of a process that lives', { pid: process.ppid, startTime: '1' }, false, 'dead'],
    ['had the id of this process', { startTime: '1' }, false, 'dead'],
    ['was a process that is gone', { pid: noProcess, startTime: '1' }, false, 'dead'],
    ['lives in another container', { pid: process.ppid, space: elsewhere }, false, 'unknown'],
  ])('that %s', (_, changes, isOpen, life) => {
    if (!hasProc && changes.startTime !== undefined) return;
    expect(lifeOf({ ...own, ...changes }, own, isOpen)).toBe(life);
  });
});
