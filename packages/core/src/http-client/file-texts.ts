import { readFile, stat } from 'node:fs/promises';
import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';

/** A file that was looked at this lately is not looked at again. */
const freshMs = 2_000;
/** A look that takes longer (a dead network mount) does not hold up who knows the text already. */
const patienceMs = 1_000;
const largestBytes = 1024 * 1024;

/** Runs tasks of the file system so that no more than one is under way. */
export interface FileTurns {
  run<T>(task: () => Promise<T>): Promise<T>;
}

interface Kept {
  text: string | undefined;
  /** Why the last look failed. */
  error: string | undefined;
  /** Identity of what was read: time, size and inode. */
  stamp: string;
  /** Rises with each change of text or error. */
  version: number;
  lookedMs: number;
  looking: Promise<void> | undefined;
}

/**
 * The texts of files that hold secrets and certificates, read again when the files change: looked at
 * by `stat`, in turns, because each look occupies one of the host's libuv threads.
 */
export class FileTexts {
  readonly #clock: Clock;
  readonly turns: FileTurns;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock, turns: FileTurns) {
    this.#clock = clock;
    this.turns = turns;
  }

  /** Undefined when all were looked at a moment ago; else resolves when they have been. */
  look(files: readonly string[]): Promise<void> | undefined {
    const nowMs = this.#clock.monotonicMs();
    const waits: Promise<void>[] = [];
    for (const file of files) {
      const kept = this.#of(file);
      if (nowMs - kept.lookedMs < freshMs) continue;
      if (kept.looking === undefined) {
        kept.looking = this.#look(file, kept);
        waits.push(kept.text === undefined ? kept.looking : this.#patiently(kept.looking));
      } else if (kept.text === undefined) waits.push(kept.looking);
    }
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }

  /**
   * The file's text without blanks around it, as last looked at.
   * @throws Error with words that name the file
   */
  text(file: string): string {
    const { text, error } = this.#of(file);
    if (error !== undefined || text === undefined) {
      throw new Error(`unable to read file ${file}: ${error ?? 'it was not read yet'}`);
    }
    return text;
  }

  /** Rises whenever {@link text} has another answer. */
  version(files: readonly string[]): number {
    let sum = 0;
    for (const file of files) sum += this.#of(file).version;
    return sum;
  }

  #of(file: string): Kept {
    let kept = this.#kept.get(file);
    if (kept === undefined) {
      kept = {
        text: undefined,
        error: undefined,
        stamp: '',
        version: 0,
        lookedMs: Number.NEGATIVE_INFINITY,
        looking: undefined,
      };
      this.#kept.set(file, kept);
    }
    return kept;
  }

  async #look(file: string, kept: Kept): Promise<void> {
    try {
      const { stamp, text } = await this.turns.run(() => readChanged(file, kept.stamp));
      this.#keep(kept, stamp, text ?? kept.text, undefined);
    } catch (error) {
      this.#keep(kept, '', kept.text, messageOf(error));
    } finally {
      kept.lookedMs = this.#clock.monotonicMs();
      kept.looking = undefined;
    }
  }

  #keep(kept: Kept, stamp: string, text: string | undefined, error: string | undefined): void {
    if (text !== kept.text || error !== kept.error) kept.version++;
    kept.stamp = stamp;
    kept.text = text;
    kept.error = error;
  }

  #patiently(looking: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(patienceMs, resolve);
      void looking.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}

/** The text, undefined when the file is the one of `stamp`. */
async function readChanged(
  file: string,
  stamp: string,
): Promise<{ stamp: string; text: string | undefined }> {
  const found = await stat(file);
  // A pipe or a device may never end.
  if (!found.isFile()) throw new Error('not a regular file');
  if (found.size > largestBytes) throw new Error(`larger than ${largestBytes} bytes`);
  // ctime too: a tool may set mtime back. The inode changes when a mounted secret is swapped.
  const now = `${found.mtimeMs} ${found.ctimeMs} ${found.size} ${found.ino}`;
  if (now === stamp) return { stamp, text: undefined };
  return { stamp: now, text: (await readFile(file, 'utf8')).trim() };
}
