import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../errors.js';
import { parseTargetGroupFile } from './parse-target-group-file.js';

/** What the thread is started with. */
export interface YamlQuestion {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The same groups in JSON, or what is wrong with the file. */
export type YamlAnswer = { readonly json: Uint8Array<ArrayBuffer> } | { readonly problem: string };

function answer({ path, bytes }: YamlQuestion): YamlAnswer {
  try {
    const groups = parseTargetGroupFile(path, bytes).map(({ targets, labels }) => ({
      targets: targets.map((target) => target.get('__address__') ?? ''),
      labels: Object.fromEntries(labels),
    }));
    return { json: new TextEncoder().encode(JSON.stringify(groups)) };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

const port = parentPort;
if (port !== null) {
  const given = answer(workerData as YamlQuestion);
  port.postMessage(given, 'json' in given ? [given.json.buffer] : []);
}
