import { createHash } from 'node:crypto';
import type { AgentConfig } from '../config/agent-config.js';
import { readConfigFile } from '../config/read-config-file.js';
import { matchingFiles } from '../discovery/file/matching-files.js';

/**
 * SHA-256 over the configuration file and the files its `scrape_config_files` match now, with their
 * names: whoever finds another one reloads (Prometheus' GenerateChecksum). Undefined for options that
 * name no file. Throws CONFIG_UNREADABLE.
 */
export async function configChecksum({
  file,
  scrapeConfigFiles,
}: AgentConfig): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const hash = createHash('sha256');
  const included = await Promise.all(scrapeConfigFiles.map(matchingFiles));
  for (const path of [file, ...included.flat()]) {
    hash.update(`${path}\0`);
    hash.update(await readConfigFile(path));
    hash.update('\0');
  }
  return hash.digest('hex');
}
