import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type FilePattern, parseFilePattern } from './file-pattern.js';

/** Files whose last part matches, sorted; none where the folder is missing, as Go's filepath.Glob. */
export async function matchingFiles(path: string): Promise<string[]> {
  try {
    return await listMatching(parseFilePattern(path));
  } catch {
    return [];
  }
}

/** The same; throws what listing the folder throws. */
export async function listMatching({ directory, matches }: FilePattern): Promise<string[]> {
  const names = (await readdir(directory)).filter(matches).sort();
  return names.map((name) => join(directory, name));
}
