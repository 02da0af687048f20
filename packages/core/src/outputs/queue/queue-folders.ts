import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { messageOf, PromAgentError } from '../../errors.js';
import { makeDirectories } from '../../make-directories.js';
import {
  beat,
  folderName,
  lifeOf,
  nobody,
  ownOwner,
  parseFolderName,
  type QueueOwner,
  silenceMs,
} from './queue-owner.js';

// Per thread of this process: folders in use here.
const ofThisThread = new Set<string>();
/** No room, or none for this user. */
const fullDiskCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** Folders of dead owners that are this queue's now, and whether others may still turn out dead. */
export interface Adoption {
  readonly folders: readonly string[];
  /** Some owner cannot be looked for and was not silent for long enough yet. */
  readonly isUndecided: boolean;
}

/**
 * The folder of one output: in it a folder per process and thread, whose name says who owns it. A
 * rename takes over a dead owner's folder, so of two that try one does.
 */
export class QueueFolders {
  readonly own: string;
  /** Why there is no folder of its own yet: the disk was full when it was to be made. */
  readonly failure: unknown;
  readonly #root: string;
  readonly #owner: QueueOwner;
  #adopted = 0;

  /** @throws PromAgentError QUEUE_UNUSABLE */
  constructor(root: string, agent: string, thread: number) {
    this.#root = root;
    const { owner, failure } = makeFolder(root, agent, thread);
    this.#owner = owner;
    this.failure = failure;
    this.own = path.join(root, folderName(owner));
    ofThisThread.add(folderName(owner));
  }

  /** Takes over what dead owners left behind. Throws what the file system says. */
  adopt(nowMs: number): Adoption {
    const folders: string[] = [];
    let isUndecided = false;
    for (const name of readdirSync(this.#root)) {
      const owner = parseFolderName(name);
      const from = path.join(this.#root, name);
      if (owner === undefined || from === this.own) continue;
      const life = lifeOf(owner, this.#owner, ofThisThread.has(name));
      if (life === 'alive') continue;
      if (life === 'unknown' && !isSilent(from, nowMs)) {
        isUndecided = true;
        continue;
      }
      const folder = this.#takeOver(from);
      if (folder !== undefined) folders.push(folder, ...adoptedIn(folder));
    }
    return { folders, isUndecided };
  }

  /** Undefined: another one was faster. */
  #takeOver(from: string): string | undefined {
    // On a full disk a folder can be renamed where none can be made.
    if (!existsSync(this.own)) return tryRename(from, this.own) ? this.own : undefined;
    for (;;) {
      const folder = path.join(this.own, `adopted-${this.#adopted++}`);
      if (!existsSync(folder)) return tryRename(from, folder) ? folder : undefined;
    }
  }

  /** Someone removed it: what comes goes into a new one. Throws what the file system says. */
  restore(): void {
    makeDirectories(this.own);
  }

  /** False: someone removed the folder, and it was made again. Throws what the file system says. */
  beat(nowMs: number): boolean {
    try {
      beat(this.own, nowMs);
      return true;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      this.restore();
      return false;
    }
  }

  /** Anyone may adopt it from now on; an empty one vanishes. Throws what the file system says. */
  release(): void {
    ofThisThread.delete(folderName(this.#owner));
    tryRemove(this.own);
    tryRename(this.own, path.join(this.#root, folderName(nobody(this.#owner))));
  }
}

/**
 * Looks whether queues can be kept in a directory, and makes it. A full disk may have room later.
 * @throws PromAgentError QUEUE_UNUSABLE
 */
export function checkQueuePath(directory: string): void {
  try {
    makeDirectories(directory);
    rmdirSync(mkdtempSync(path.join(directory, '.check-')));
  } catch (error) {
    if (!isFullDisk(error)) throw unusable(directory, error);
  }
}

/** Of the first number that is free: a thread that died in this one's place has left its own. */
function makeFolder(
  root: string,
  agent: string,
  thread: number,
): { owner: QueueOwner; failure?: unknown } {
  for (let queue = 0; ; queue++) {
    const owner = ownOwner(agent, thread, queue);
    try {
      makeDirectories(root);
      mkdirSync(path.join(root, folderName(owner)));
      return { owner };
    } catch (error) {
      if (isFullDisk(error)) return { owner, failure: error };
      if (codeOf(error) !== 'EEXIST' || !isFolder(root)) throw unusable(root, error);
    }
  }
}

function isFolder(at: string): boolean {
  return statSync(at, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isFullDisk(error: unknown): boolean {
  return fullDiskCodes.has(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function unusable(directory: string, error: unknown): PromAgentError {
  return new PromAgentError(
    'QUEUE_UNUSABLE',
    `the queue cannot be kept in ${directory}: ${messageOf(error)}; make the directory writable for ` +
      'the user of the agent, or choose another with agent.queue.path (--storage.path)',
    { cause: error, data: { path: directory } },
  );
}

/** Removes a folder if it is empty. */
export function tryRemove(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not empty: its segments wait for whoever adopts them.
  }
}

/** A dead owner may have adopted others before it died. */
function adoptedIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => {
      const inner = path.join(folder, entry.name);
      return [inner, ...adoptedIn(inner)];
    });
}

/** An owner's clock may be ahead of ours: a time in the future is a sign of life. */
function isSilent(folder: string, nowMs: number): boolean {
  try {
    return nowMs - statSync(folder).mtimeMs > silenceMs;
  } catch {
    // Another one was faster.
    return false;
  }
}

function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
