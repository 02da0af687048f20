import type { AgentConfig } from './agent-config.js';
import { buildConfig, type ConfigContext, folderOf } from './build/build-config.js';
import { readIncludedFiles } from './included-files.js';
import { configInvalid } from './problems/config-problem.js';
import { Findings } from './problems/findings.js';
import { readConfigFile } from './read-config-file.js';
import { readYaml, type YamlText } from './read-yaml.js';

export interface LoadOptions {
  /** `agent.threads` where the configuration does not say. Default 1. */
  readonly defaultThreads?: number;
  /** `agent.queue.path` where the configuration does not say. Default: none. */
  readonly defaultQueuePath?: string;
  /** For `${VAR}` in external_labels. Default: the process' environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads and checks a prometheus.yml with the files it names in `scrape_config_files`. Throws
 * CONFIG_UNREADABLE, or CONFIG_INVALID with every problem (file, line, column, path, message) in
 * `data.problems`.
 */
export async function loadConfigFile(
  path: string,
  options: LoadOptions = {},
): Promise<AgentConfig> {
  const { tree, problems } = readConfigYaml(await readConfigFile(path), path);
  const context = contextOf(folderOf(path), options);
  const included = await readIncludedFiles(tree.root, context.folder);
  return buildConfig(new Findings(tree, problems), context, included);
}

/**
 * {@link loadConfigFile} for a text that was read already; `file` is for messages and relative paths.
 * Other files are not read: `scrape_config_files` adds nothing.
 */
export function parseConfig(text: string, file: string, options: LoadOptions = {}): AgentConfig {
  const { tree, problems } = readConfigYaml(text, file);
  return buildConfig(new Findings(tree, problems), contextOf(folderOf(file), options));
}

/** A configuration's YAML, which may still have problems in its parts. */
export function readConfigYaml(text: string, file: string): YamlText {
  const yaml = readYaml(text, file);
  if (!yaml.isYaml) throw configInvalid(yaml.problems);
  return yaml;
}

export function contextOf(folder: string, options: LoadOptions): ConfigContext {
  return {
    folder,
    env: options.env ?? process.env,
    defaultThreads: options.defaultThreads ?? 1,
    defaultQueuePath: options.defaultQueuePath,
  };
}
