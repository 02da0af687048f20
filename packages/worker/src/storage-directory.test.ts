import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStorageDirectory } from './storage-directory.js';

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), 'prom-agent-storage-'));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

it('creates the directory with its parents and leaves nothing but the lock in it', () => {
  const directory = path.join(scratch, 'a', 'b');
  const storage = openStorageDirectory(directory);
  expect(storage.path).toBe(directory);
  expect(readdirSync(directory)).toEqual(['lock']);
  storage.release();
  expect(readdirSync(directory)).toEqual([]);
});

it('refuses a directory that a live process holds and names the process', () => {
  openStorageDirectory(scratch);
  expect(() => openStorageDirectory(scratch)).toThrow(
    `--storage.path ${scratch}: in use by process ${process.pid}: two agents cannot share it`,
  );
  expect(readdirSync(scratch)).toEqual(['lock']);
});

it('takes over from a process that died without a word', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  writeFileSync(path.join(scratch, 'lock'), JSON.stringify({ pid: child.pid, startTime: '1' }));
  openStorageDirectory(scratch);
  expect(() => openStorageDirectory(scratch)).toThrow(`in use by process ${process.pid}`);
});

it.runIf(existsSync('/proc/self/stat'))('takes over when the process id is used again', () => {
  writeFileSync(path.join(scratch, 'lock'), JSON.stringify({ pid: process.ppid, startTime: '1' }));
  openStorageDirectory(scratch).release();
  expect(readdirSync(scratch)).toEqual([]);
});

it.each(['', '{"pid":', '{}', 'null'])('takes over a lock that says %j', (content) => {
  writeFileSync(path.join(scratch, 'lock'), content);
  openStorageDirectory(scratch).release();
  expect(readdirSync(scratch)).toEqual([]);
});

it('releases only its own lock', () => {
  const storage = openStorageDirectory(scratch);
  const other = JSON.stringify({ pid: process.ppid, startTime: 'x' });
  writeFileSync(path.join(scratch, 'lock'), other);
  storage.release();
  expect(readdirSync(scratch)).toEqual(['lock']);
});

it('says what is wrong with a path that is a file', () => {
  const file = path.join(scratch, 'file');
  writeFileSync(file, '');
  expect(() => openStorageDirectory(file)).toThrow(/^--storage\.path .*file: EEXIST/);
});

/** A file system with room for two files. */
function mountSmall(folder: string): boolean {
  try {
    const options = ['-t', 'tmpfs', '-o', 'size=1m,nr_inodes=3', 'tmpfs', folder];
    execFileSync('mount', options, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

it('is opened on a full disk, but not beside a live process', ({ skip }) => {
  if (!mountSmall(scratch)) skip('needs to mount a file system');
  const fillers = ['a', 'b'].map((name) => path.join(scratch, name));
  try {
    for (const filler of fillers) writeFileSync(filler, '');
    openStorageDirectory(scratch).release();
    for (const filler of fillers) rmSync(filler);
    const holder = openStorageDirectory(scratch);
    writeFileSync(fillers[0]!, '');
    expect(() => openStorageDirectory(scratch)).toThrow(`in use by process ${process.pid}`);
    holder.release();
  } finally {
    execFileSync('umount', ['-l', scratch]);
  }
});
