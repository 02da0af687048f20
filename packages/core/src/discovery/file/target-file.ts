import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { TargetGroup } from '../discovery.js';
import { readTargetGroupFile } from './target-group-file.js';

/** What is known of one file of target groups. */
export interface TargetFile {
  /** Of its content; undefined when it could not be read. */
  readonly digest: string | undefined;
  /** The last good ones. */
  readonly groups: readonly TargetGroup[];
  readonly problem: string | undefined;
}

/** Reads a file again; undefined when there is none. One that did not change is not parsed again. */
export async function readTargetFile(
  path: string,
  last: TargetFile | undefined,
  clock: Clock,
): Promise<TargetFile | undefined> {
  const groups = last?.groups ?? [];
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    return { digest: undefined, groups, problem: `cannot read ${path}: ${messageOf(error)}` };
  }
  const digest = hash('sha1', bytes);
  if (last?.digest === digest) return last;
  try {
    const read = await readTargetGroupFile(path, bytes, clock);
    return { digest, groups: read, problem: undefined };
  } catch (error) {
    return { digest, groups, problem: `${path}: ${messageOf(error)}` };
  }
}

/** Whether a file system call failed because there is no such file or directory. */
export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
