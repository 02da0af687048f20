import { matchingFiles } from '../discovery/file/matching-files.js';
import type { IncludedFile } from './build/build-config.js';
import { joinFolder } from './build/build-http-client.js';
import { readConfigFile } from './read-config-file.js';
import { readYaml } from './read-yaml.js';
import { textOf } from './scalar-text.js';

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
