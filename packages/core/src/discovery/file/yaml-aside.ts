import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../errors.js';
import type { YamlAnswer, YamlQuestion } from './yaml-thread.js';

/** The thread did not come to an answer, which says nothing of the file. */
export class YamlThreadError extends Error {}

// Tests run this file as source; a thread always runs the built one.
const isSource = import.meta.url.endsWith('.ts');
const beside = isSource ? '../../../dist/discovery/file/yaml-thread.js' : './yaml-thread.js';
const threadFile = new URL(beside, import.meta.url);

export function canReadYamlAside(): boolean {
  return existsSync(fileURLToPath(threadFile));
}

/**
 * A YAML file of target groups as JSON, made in a thread that ends with its answer: YAML is parsed in one go,
 * 10,000 groups for a second, and what parses it would stay in the host's memory.
 * Throws an Error whose message says where the file is wrong, or a {@link YamlThreadError}.
 */
export async function yamlAsJson(
  path: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<Buffer> {
  if (signal.aborted) throw new YamlThreadError('its discovery has stopped');
  const question: YamlQuestion = { path, bytes };
  const worker = new Worker(threadFile, { workerData: question, execArgv: [] });
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const answer = await answerOf(worker);
    if ('problem' in answer) throw new Error(answer.problem);
    return Buffer.from(answer.json.buffer, answer.json.byteOffset, answer.json.byteLength);
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

function answerOf(worker: Worker): Promise<YamlAnswer> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', (error) =>
      reject(new YamlThreadError(`the thread that reads it died: ${messageOf(error)}`)),
    );
    worker.once('exit', () => reject(new YamlThreadError('the thread that reads it ended')));
  });
}
