import { basename, dirname } from 'node:path';

/** One entry of `files`: a path whose last segment may hold wildcards. */
export interface FilePattern {
  readonly path: string;
  readonly directory: string;
  matches(fileName: string): boolean;
}

/** Reads a path with the wildcards of Go's filepath.Match: `*`, `?`, `[a-z]`, `[^a-z]`. */
export function parseFilePattern(path: string): FilePattern {
  const pattern = regexOf(basename(path));
  return { path, directory: dirname(path), matches: (fileName) => pattern.test(fileName) };
}

function regexOf(glob: string): RegExp {
  const source = glob.replace(/\[(\^?)([^\]]+)\]|[\\^$.|+*?(){}[\]]/g, (part, not, members) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return members === undefined ? `\\${part}` : `[${not}${members.replace(/[\\[^]/g, '\\$&')}]`;
  });
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    // A range that runs backwards, `[z-a]`: no character is in it.
    return /(?!)/;
  }
}
