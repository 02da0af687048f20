import type { AgentConfig } from './agent-config.js';
import type { AgentOptions } from './agent-options.js';
import { buildConfig, folderOf } from './build/build-config.js';
import { readIncludedFiles } from './included-files.js';
import { contextOf, type LoadOptions, readConfigYaml } from './load-config.js';
import type { ConfigProblem } from './problems/config-problem.js';
import { Findings } from './problems/findings.js';
import { RawTree } from './raw-tree.js';
import { readConfigFile } from './read-config-file.js';
import { readOptions } from './read-options.js';

const onlyInline = [
  'global',
  'scrapeConfigFiles',
  'scrapeConfigs',
  'remoteWrite',
  'kafkaWrite',
  'pushgatewayWrite',
] as const;

/**
 * The configuration of an agent from its options: the file they name, or their blocks. Same schema,
 * checks and defaults either way. Throws CONFIG_UNREADABLE, or CONFIG_INVALID with every problem in
 * `data.problems`, under the names its author used.
 */
export async function resolveConfig(
  options: AgentOptions,
  load: LoadOptions = {},
): Promise<AgentConfig> {
  const { configFile } = options;
  if (configFile === undefined) {
    const problems: ConfigProblem[] = [];
    const tree = new RawTree(undefined);
    readOptions(options, tree, problems);
    const context = contextOf(process.cwd(), load);
    const included = await readIncludedFiles(tree.root, context.folder);
    return buildConfig(new Findings(tree, problems), context, included);
  }
  const { tree, problems } = readConfigYaml(await readConfigFile(configFile), configFile);
  readOptions(withoutFileBlocks(options, problems), tree, problems);
  const context = contextOf(folderOf(configFile), load);
  const included = await readIncludedFiles(tree.root, context.folder);
  return buildConfig(new Findings(tree, problems), context, included);
}

/** Reports blocks that would compete with those of the file, and leaves them out. */
function withoutFileBlocks(options: AgentOptions, problems: ConfigProblem[]): AgentOptions {
  const rest = { ...options };
  for (const name of onlyInline) {
    if (options[name] === undefined) continue;
    delete rest[name];
    problems.push({
      file: undefined,
      line: undefined,
      column: undefined,
      path: name,
      message:
        'cannot be given together with configFile: put it into the file, or leave configFile out',
    });
  }
  return rest;
}
