import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { PromAgentError } from '../errors.js';
import type { AgentConfig } from './agent-config.js';
import type { AgentOptions } from './agent-options.js';
import { checkOptions } from './check-options.js';
import type { ConfigAnswer, ConfigQuestion } from './config-thread.js';
import { hostOptions } from './host-options.js';
import type { LoadOptions } from './load-config.js';

const threadFile = new URL('./config-thread.js', import.meta.url);

/**
 * resolveConfig in a thread that ends with its answer: what checks a configuration (14 MiB of zod, the
 * schema, a YAML tree) does not stay in the host's memory, and a long file does not hold its loop.
 * With `agent.threads: 0`, which asks for no threads at all, and from sources that are not built it
 * runs here.
 */
export async function resolveAside(options: AgentOptions, load: LoadOptions): Promise<AgentConfig> {
  checkOptions(options);
  const wantsThreads = options.agent?.threads !== 0 && load.defaultThreads !== 0;
  if (wantsThreads && existsSync(fileURLToPath(threadFile))) {
    const worker = startThread(options, load);
    if (worker !== undefined) return answerOf(worker);
  }
  const { resolveConfig } = await import('./resolve-config.js');
  return resolveConfig(options, load);
}

/** Undefined when an option cannot cross to a thread: the check here will say which one is wrong. */
function startThread(given: AgentOptions, load: LoadOptions): Worker | undefined {
  const { configFile, ...rest } = given;
  const blocks = Object.entries(rest).filter(([name]) => !hostOptions.includes(name));
  const { defaultThreads, defaultQueuePath } = load;
  const question: ConfigQuestion = {
    options: { ...(configFile !== undefined && { configFile }), ...Object.fromEntries(blocks) },
    load: {
      env: { ...(load.env ?? process.env) },
      ...(defaultThreads !== undefined && { defaultThreads }),
      ...(defaultQueuePath !== undefined && { defaultQueuePath }),
    },
  };
  try {
    return new Worker(threadFile, { workerData: question, execArgv: [] });
  } catch {
    return undefined;
  }
}

async function answerOf(worker: Worker): Promise<AgentConfig> {
  const answer = await new Promise<ConfigAnswer>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread that reads the configuration ended')));
  });
  await worker.terminate();
  if ('config' in answer) return answer.config;
  const { code, message, data, cause } = answer.refusal;
  throw new PromAgentError(code, message, { data, ...(cause !== undefined && { cause }) });
}
