import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { IncludedFile } from './build/build-config.js';
import { joinFolder } from './build/build-http-client.js';
import { readConfigFile } from './read-config-file.js';
import { readYaml } from './read-yaml.js';
import { textOf } from './schema/leaf.js';

/**
 * The files that the `scrape_config_files` of a configuration match, read; in the order of the
 * patterns, then of their names. A pattern that matches nothing is no fault, as in Prometheus.
 * Throws CONFIG_UNREADABLE.
 */
export async function readIncludedFiles(root: unknown, folder: string): Promise<IncludedFile[]> {
  const files: IncludedFile[] = [];
  for (const pattern of patternsOf(root)) {
    for (const file of await matchingFiles(joinFolder(folder, pattern))) {
      files.push({ file, yaml: readYaml(await readConfigFile(file), file) });
    }
  }
  return files;
}

/** What is no pattern is for the schema to say. */
function patternsOf(root: unknown): string[] {
  const patterns = (root as { scrape_config_files?: unknown } | null)?.scrape_config_files;
  if (!Array.isArray(patterns)) return [];
  return patterns
    .map(textOf)
    .filter((pattern) => pattern !== undefined && pattern !== '') as string[];
}

/** Files whose last part matches, sorted (Go's filepath.Glob); none where the folder is missing. */
export async function matchingFiles(pattern: string): Promise<string[]> {
  const folder = dirname(pattern);
  const matches = nameMatcher(basename(pattern));
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => matches.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** A part of a pattern with `*`, `?` and `[a-z]`, `[^a-z]` (Go's path/filepath.Match). */
function nameMatcher(pattern: string): RegExp {
  const source = pattern.replace(
    /\\(.)|(\*)|(\?)|\[(\^?)((?:\\.|[^\]\\])+)\]|([^\w\s])/gs,
    (_, escaped, star, any, not, set, other) => {
      if (star !== undefined) return '.*';
      if (any !== undefined) return '.';
      if (set !== undefined) return `[${not}${set.replaceAll('[', '\\[')}]`;
      return `\\${escaped ?? other}`;
    },
  );
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    // A pattern that Go refuses, too, stands for the name itself.
    return new RegExp(`^${pattern.replace(/[^\w\s]/g, '\\$&')}$`, 's');
  }
}
