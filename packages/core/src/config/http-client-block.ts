import { PromAgentError } from '../errors.js';
import type { HttpClientConfig } from '../http-client/http-client-config.js';
import type { HttpClientOptions } from './http-client-options.js';
import { type ConfigText, parseBlock } from './parse-block.js';
import { type ConfigProblem, configInvalid } from './problems/config-problem.js';
import { explainUnknownField } from './problems/unknown-field.js';
import { readYaml } from './read-yaml.js';
import { resolveConfig } from './resolve-config.js';
import { block } from './schema/block.js';
import { httpClientFields } from './schema/http-client.js';
import { optionName } from './schema/walk.js';

/*
 * An http_config by itself. Prometheus has it inside of other blocks alone, so it is checked as the
 * fields of a remote_write, without what else stands there.
 */
const anyUrl = 'http://any';
const schema = block(httpClientFields);

/**
 * A file of `--http.config.file`, as promtool reads it: paths in it are relative to its folder.
 * @throws PromAgentError CONFIG_INVALID
 */
export function parseHttpClient(config: ConfigText): HttpClientConfig {
  refuseUnknown(config);
  return parseBlock('remote_write', [`url: ${anyUrl}`, 'name: any'], config).remoteWrites[0]!.http;
}

/**
 * The options of a block that has them among its own.
 * @throws PromAgentError CONFIG_INVALID
 */
export async function resolveHttpClient(options: HttpClientOptions): Promise<HttpClientConfig> {
  const names = Object.entries(httpClientFields).map(([name, field]) => optionName(name, field));
  const unknown = Object.keys(options).filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw configInvalid(
      unknown.map((name) => ({
        ...nowhere,
        path: name,
        message: explainUnknownField(schema, name, true),
      })),
    );
  }
  try {
    const config = await resolveConfig({ remoteWrite: [{ url: anyUrl, ...options }] });
    return config.remoteWrites[0]!.http;
  } catch (error) {
    if (!PromAgentError.is(error) || !Array.isArray(error.data['problems'])) throw error;
    const problems: ConfigProblem[] = error.data['problems'];
    throw configInvalid(
      problems.map((problem) => ({ ...problem, path: problem.path.replace(/^\w+\[0\]\./, '') })),
    );
  }
}

const nowhere = { file: undefined, line: undefined, column: undefined };

function refuseUnknown({ text, file }: ConfigText): void {
  const { tree } = readYaml(text, file);
  const { root } = tree;
  if (typeof root !== 'object' || root === null || Array.isArray(root)) return;
  const unknown = Object.keys(root).filter((name) => !Object.hasOwn(httpClientFields, name));
  if (unknown.length === 0) return;
  throw configInvalid(
    unknown.map((name) => {
      const { line, column } = tree.originOf(root, name)?.key ?? {};
      return { file, line, column, path: name, message: explainUnknownField(schema, name, false) };
    }),
  );
}
