import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseFilePattern } from './file-pattern.js';

/** Files whose last part matches, sorted; none where the folder is missing, as Go's filepath.Glob. */
export async function matchingFiles(path: string): Promise<string[]> {
  const pattern = parseFilePattern(path);
  let names: string[];
  try {
    names = await readdir(pattern.directory);
  } catch {
    return [];
  }
  return names
    .filter((name) => pattern.matches(name))
    .sort()
    .map((name) => join(pattern.directory, name));
}
