import { readFile, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { messageOf, PromAgentError } from '../errors.js';
import { configInvalid } from './problems/config-problem.js';

const largestFileBytes = 64 * 2 ** 20;

/** The text of a configuration file; CONFIG_UNREADABLE says what to do about a file that has none. */
export async function readConfigFile(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    const about = await stat(file);
    if (about.isDirectory()) throw unreadable(file, 'it is a directory, expected a file');
    if (about.isCharacterDevice() || about.isBlockDevice())
      throw unreadable(file, 'it is a device');
    if (about.size > largestFileBytes) throw unreadable(file, 'it is larger than 64 MB');
    bytes = await readFile(file);
  } catch (error) {
    if (PromAgentError.is(error)) throw error;
    throw unreadable(file, explain(file, error), error);
  }
  return decode(bytes, file);
}

function unreadable(file: string, why: string, cause?: unknown): PromAgentError {
  const message = `cannot read the configuration ${file}: ${why}`;
  return new PromAgentError('CONFIG_UNREADABLE', message, { cause, data: { file, why } });
}

function explain(file: string, error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `there is no such file${isAbsolute(file) ? '' : ` (looked from ${process.cwd()})`}`;
    case 'EACCES':
    case 'EPERM':
      return 'this process may not read it: check the permissions of the file and of its directories';
    default:
      return messageOf(error);
  }
}

/** Refuses what is not UTF-8, with its place; a byte order mark is passed over. */
function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const before = new TextDecoder().decode(bytes).split('\ufffd', 1)[0]!.split('\n');
    throw configInvalid([
      {
        file,
        line: before.length,
        column: before.at(-1)!.length + 1,
        path: '',
        message: 'not UTF-8 text: save the file as UTF-8',
      },
    ]);
  }
}
