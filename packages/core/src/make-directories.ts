import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A directory and those above it, where they are missing. Node's own way (20.20) never comes back from
 * a file system that takes no directory and calls that ENOENT, as /proc does.
 * @throws what the file system says
 */
export function makeDirectories(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(directory).isDirectory()) return;
    if (code !== 'ENOENT' || existsSync(dirname(directory))) throw error;
    makeDirectories(dirname(directory));
    makeDirectories(directory);
  }
}
