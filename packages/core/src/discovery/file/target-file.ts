import { readFile } from 'node:fs/promises';
import type { Clock } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { TargetGroup } from '../discovery.js';
import type { ListedGroup } from '../group-reader.js';
import type { ObjectList } from '../json-list.js';
import { readTargetGroupFile } from './target-group-file.js';
import { YamlThreadError } from './yaml-aside.js';

/** What is known of one file of target groups. */
export interface TargetFile {
  /** Undefined when they could not be read. */
  readonly bytes: Buffer | undefined;
  /** The last good ones. */
  readonly groups: readonly TargetGroup[];
  /** What they were read from, as far as it helps to read the next ones. */
  readonly list: ObjectList<ListedGroup> | undefined;
  readonly problem: string | undefined;
}

/** Reads a file again; undefined when there is none. One that did not change is not parsed again. */
export async function readTargetFile(
  path: string,
  last: TargetFile | undefined,
  clock: Clock,
  threads?: { readonly signal: AbortSignal },
): Promise<TargetFile | undefined> {
  const { groups, list } = last ?? { groups: [], list: undefined };
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    const problem = `cannot read ${path}: ${messageOf(error)}`;
    return { bytes: undefined, groups, list, problem };
  }
  if (last?.bytes?.equals(bytes) === true) return last;
  try {
    const read = await readTargetGroupFile(path, bytes, clock, list, threads);
    return { bytes, ...read, problem: undefined };
  } catch (error) {
    // What is no fault of the file is tried again though it does not change.
    const known = error instanceof YamlThreadError ? undefined : bytes;
    return { bytes: known, groups, list, problem: `${path}: ${messageOf(error)}` };
  }
}

/** Whether a file system call failed because there is no such file or directory. */
export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
