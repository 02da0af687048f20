import { parentPort, workerData } from 'node:worker_threads';
import { PromAgentError, type PromAgentErrorCode } from '../errors.js';
import type { AgentConfig } from './agent-config.js';
import type { AgentOptions } from './agent-options.js';
import type { LoadOptions } from './load-config.js';
import { resolveConfig } from './resolve-config.js';

/** What the thread is started with. */
export interface ConfigQuestion {
  readonly options: AgentOptions;
  readonly load: LoadOptions;
}

/** The configuration, or the fields of the error that refuses it: classes do not cross. */
export type ConfigAnswer =
  | { readonly config: AgentConfig }
  | {
      readonly refusal: {
        readonly code: PromAgentErrorCode;
        readonly message: string;
        readonly data: Readonly<Record<string, unknown>>;
        readonly cause: unknown;
      };
    };

async function answer({ options, load }: ConfigQuestion): Promise<ConfigAnswer> {
  try {
    return { config: await resolveConfig(options, load) };
  } catch (error) {
    if (!PromAgentError.is(error)) throw error;
    const { code, message, data, cause } = error;
    return { refusal: { code, message, data, cause } };
  }
}

const port = parentPort;
if (port !== null) {
  void answer(workerData as ConfigQuestion).then((given) => port.postMessage(given));
}
