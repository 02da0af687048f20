import type { AgentOptions } from './agent-options.js';
import { configInvalid } from './problems/config-problem.js';
import { describeFound } from './problems/describe-found.js';

/**
 * What the schema cannot say: options that are no object, and a path that is none.
 * @throws PromAgentError CONFIG_INVALID
 */
export function checkOptions(options: AgentOptions): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    refuse('options', options, "an object such as { configFile: 'prometheus.yml' }");
  }
  const { configFile } = options;
  if (configFile !== undefined && (typeof configFile !== 'string' || configFile === ''))
    refuse('configFile', configFile, 'the path of a file as text');
}

function refuse(path: string, found: unknown, expected: string): never {
  const message = `found ${describeFound(found, true)}, expected ${expected}`;
  const nowhere = { file: undefined, line: undefined, column: undefined };
  throw configInvalid([{ ...nowhere, path, message }]);
}
