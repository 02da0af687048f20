import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeDirectories } from '@prom-agent/core/directories';
import { isRunning, startTimeOf } from '@prom-agent/core/process';
import { describeError } from './logging.js';

/** The directory of --storage.path, held by this process until `release`. */
export interface StorageDirectory {
  readonly path: string;
  release(): void;
}

/** The directory of --storage.path cannot be had; the message is for an operator. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}

/** Who holds a directory: a process id may be used again, with its start time it is one process. */
interface Holder {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat; empty where there is no /proc. */
  readonly startTime: string;
}

/** Creates the directory and locks it. Throws a StorageError. */
export function openStorageDirectory(directory: string): StorageDirectory {
  const absolute = path.resolve(directory);
  const lockFile = path.join(absolute, 'lock');
  const own: Holder = { pid: process.pid, startTime: startTimeOf(process.pid) };
  try {
    lock(absolute, lockFile, own);
  } catch (error) {
    const advice = isSystemError(error) ? '; choose a directory this user can write to' : '';
    throw new StorageError(`--storage.path ${directory}: ${describeError(error)}${advice}`, {
      cause: error,
    });
  }
  return { path: absolute, release: () => releaseLock(lockFile, own) };
}

function lock(directory: string, lockFile: string, own: Holder): void {
  try {
    makeDirectories(directory);
    takeLock(lockFile, own);
  } catch (error) {
    if (!isCode(error, 'ENOSPC')) throw error;
    // A disk without room for a lock is no reason not to run: what waits on it is sent and makes room.
    removeDeadLock(lockFile);
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function takeLock(lockFile: string, own: Holder): void {
  // A lock appears with its content or not at all: a link of a finished file.
  const draft = `${lockFile}.${own.pid}`;
  try {
    writeFileSync(draft, JSON.stringify(own));
    if (tryLink(draft, lockFile)) return;
    removeDeadLock(lockFile);
    if (tryLink(draft, lockFile)) return;
    throw new Error('another process took the lock in the same moment; start one of them again');
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Throws when the holder lives. */
function removeDeadLock(lockFile: string): void {
  const holder = readHolder(lockFile);
  if (holder !== undefined && isAlive(holder)) {
    throw new Error(
      `in use by process ${holder.pid}: two agents cannot share it, give each a directory of its own`,
    );
  }
  // Renamed, not unlinked: of two processes that both saw the dead lock one gets ENOENT here.
  const aside = `${lockFile}.dead.${process.pid}`;
  try {
    renameSync(lockFile, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  const moved = readHolder(aside);
  // The other one was faster and this is its fresh lock: put it back.
  if (moved !== undefined && isAlive(moved)) tryLink(aside, lockFile);
  rmSync(aside, { force: true });
}

function releaseLock(lockFile: string, own: Holder): void {
  const holder = readHolder(lockFile);
  if (holder?.pid === own.pid && holder.startTime === own.startTime) {
    rmSync(lockFile, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Undefined when there is no lock or nothing in it that we wrote. */
function readHolder(lockFile: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(lockFile, 'utf8'));
    if (!Number.isInteger(holder?.pid)) return undefined;
    return { pid: holder.pid, startTime: String(holder.startTime ?? '') };
  } catch (error) {
    if (error instanceof SyntaxError || isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isAlive(holder: Holder): boolean {
  if (!isRunning(holder.pid)) return false;
  // The id alone may be another's by now: in a container every agent is process 1.
  const startTime = startTimeOf(holder.pid);
  return startTime === '' || holder.startTime === '' || startTime === holder.startTime;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
