import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { checkQueuePath } from './queue-folders.js';
import { folderName, parseFolderName, type QueueOwner, silenceMs } from './queue-owner.js';
import { acknowledge, QueueScene, readAll } from './queue-scene.contract.js';
import type { SegmentLog } from './segment-log.js';

const canMount = process.platform === 'linux' && mountWorks();

function mountWorks(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'mount-'));
  try {
    mount(folder, 'size=1m');
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mount(folder: string, options: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
}

const remount = (folder: string, options: string): void => {
  execFileSync('mount', ['-o', `remount,${options}`, folder]);
};

const scenes: QueueScene[] = [];
const mounted: string[] = [];

function scene(mountOptions?: string): QueueScene {
  const made = new QueueScene();
  scenes.push(made);
  if (mountOptions !== undefined) {
    mount(made.root, mountOptions);
    mounted.push(made.root);
  }
  return made;
}

afterEach(() => {
  for (const folder of mounted.splice(0)) execFileSync('umount', ['-l', folder]);
  for (const one of scenes.splice(0)) one.remove();
});

const idsOf = (log: SegmentLog): number[] => readAll(log).map(({ id }) => id);
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

function append(queue: QueueScene, log: SegmentLog, ids: readonly number[]): void {
  for (const id of ids) queue.append(log, id);
}

/** Leaves saved records, and their process dead. */
function leave(queue: QueueScene, ids: readonly number[]): void {
  const log = queue.open();
  append(queue, log, ids);
  log.save();
  queue.killAll();
}

/** The folder of the queue's one owner gets another one's name. */
function give(queue: QueueScene, changes: (owner: QueueOwner) => Partial<QueueOwner>): string {
  const [name] = readdirSync(queue.root);
  const owner = parseFolderName(name!)!;
  const given = path.join(queue.root, folderName({ ...owner, ...changes(owner) }));
  renameSync(path.join(queue.root, name!), given);
  return given;
}

describe.skipIf(!canMount)('a disk that is full at the start', () => {
  /** Until nothing can be made. */
  const fill = (queue: QueueScene): (() => void) => {
    const files: string[] = [];
    try {
      for (let i = 0; ; i++) {
        const file = path.join(queue.root, `filler-${i}`);
        writeFileSync(file, '');
        files.push(file);
      }
    } catch {
      return () => {
        for (const file of files) rmSync(file);
      };
    }
  };

  it('is no error: what waits on it is sent, and what comes is written when there is room', () => {
    const queue = scene('size=2m,nr_inodes=40');
    leave(queue, range(0, 50));
    const empty = fill(queue);
    const log = queue.open();
    expect(queue.pauses).toEqual([expect.stringMatching(/ENOSPC/)]);
    append(queue, log, range(50, 60));
    const read = readAll(log);
    expect(read.map(({ id }) => id)).toEqual(range(0, 60));
    empty();
    for (const one of read.slice(0, 55)) acknowledge(log, one);
    log.save();
    expect([log.isPaused, queue.pauses.at(-1)]).toEqual([false, undefined]);
    queue.killAll();
    expect(idsOf(queue.open())).toEqual(range(55, 60));
  });

  it('with nothing on it: what comes waits in memory', () => {
    const queue = scene('size=2m,nr_inodes=40');
    const empty = fill(queue);
    expect(() => checkQueuePath(path.join(queue.root, 'a'))).not.toThrow();
    const log = queue.open();
    append(queue, log, range(0, 10));
    log.save();
    expect(log.isPaused).toBe(true);
    empty();
    log.save();
    log.save();
    expect(log.isPaused).toBe(false);
    queue.killAll();
    expect(idsOf(queue.open())).toEqual(range(0, 10));
  });
});

describe.skipIf(!canMount)('a read-only file system', () => {
  it('is a start error that says what to do', () => {
    const queue = scene('size=2m');
    remount(queue.root, 'ro');
    expect(() => queue.open()).toThrow(/EROFS.*make the directory writable/);
    expect(() => checkQueuePath(queue.root)).toThrow(/EROFS.*make the directory writable/);
  });

  it('later is a pause', () => {
    const queue = scene('size=2m');
    const log = queue.open();
    remount(queue.root, 'ro');
    append(queue, log, range(0, 10));
    log.save();
    expect(queue.pauses).toEqual([expect.stringMatching(/EROFS/)]);
    expect(idsOf(log)).toEqual(range(0, 10));
    remount(queue.root, 'rw');
    log.save();
    expect(queue.pauses).toHaveLength(2);
    queue.killAll();
    expect(idsOf(queue.open())).toEqual(range(0, 10));
  });
});

describe('the files of another version', () => {
  it('are left alone and told', () => {
    const queue = scene();
    leave(queue, range(0, 5));
    const [file] = queue.files('.seg');
    const bytes = readFileSync(file!);
    bytes.writeUInt32LE(99, 4);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 12)), 12);
    writeFileSync(file!, bytes);
    leave(queue, range(5, 8));
    const log = queue.open();
    expect(idsOf(log)).toEqual(range(5, 8));
    expect(new Set(queue.unreadable.map((name) => path.basename(name)))).toEqual(
      new Set([path.basename(file!)]),
    );
    expect(queue.files('.seg').some((name) => readFileSync(name).equals(bytes))).toBe(true);
    expect(queue.dropped.damaged).toBe(0);
  });
});

describe('two agents on one directory', () => {
  it('each keep their own, and the one that is left takes over', () => {
    const queue = scene();
    const [one, other] = [queue.open('a', 0), queue.open('b', 0)];
    append(queue, one, [0, 2]);
    append(queue, other, [1, 3]);
    expect([idsOf(one), idsOf(other)]).toEqual([
      [0, 2],
      [1, 3],
    ]);
    one.close();
    other.adopt(queue.nowMs);
    expect(idsOf(other)).toEqual([0, 2]);
  });

  it.runIf(existsSync('/proc/self/stat'))(
    'a process id that is used again is another owner',
    () => {
      const queue = scene();
      const log = queue.open();
      append(queue, log, [1]);
      log.save();
      give(queue, () => ({ pid: process.ppid, startTime: '1' }));
      expect(idsOf(queue.open())).toEqual([1]);
    },
  );

  it('an owner in another container is dead when it was silent for long', () => {
    const queue = scene();
    const log = queue.open();
    append(queue, log, [1]);
    log.save();
    const folder = give(queue, ({ space }) => ({ space: space === 'aaaaaaaa' ? 'b' : 'aaaaaaaa' }));
    const silentMs = (ms: number): void => {
      utimesSync(folder, (queue.nowMs - ms) / 1000, (queue.nowMs - ms) / 1000);
    };
    silentMs(silenceMs - 1000);
    const second = queue.open();
    expect([idsOf(second), second.isUndecided]).toEqual([[], true]);
    silentMs(silenceMs + 1000);
    second.adopt(queue.nowMs);
    expect([idsOf(second), second.isUndecided]).toEqual([[1], false]);
  });
});

describe('a folder of its own', () => {
  it('is not that of a thread that died in the place of this one', () => {
    const queue = scene();
    const log = queue.open('same', 3);
    append(queue, log, [1]);
    log.save();
    // As the next thread counts its own queues anew.
    give(queue, ({ queue: number }) => ({ queue: number + 1 }));
    const [left] = readdirSync(queue.root);
    const first = queue.open('same', 3);
    expect(readdirSync(queue.root)).not.toContain(left);
    expect(idsOf(first)).toEqual([1]);
  });

  it('that was removed is made again, and what comes then survives', () => {
    const queue = scene();
    const log = queue.open();
    append(queue, log, [1, 2]);
    log.save();
    const read = readAll(log);
    rmSync(path.join(queue.root, readdirSync(queue.root)[0]!), { recursive: true });
    queue.nowMs += 3000;
    log.keepHouse(queue.nowMs);
    append(queue, log, [3]);
    log.save();
    for (const one of read) acknowledge(log, one);
    expect(log.isPaused).toBe(false);
    queue.killAll();
    expect(idsOf(queue.open())).toEqual([3]);
  });
});
