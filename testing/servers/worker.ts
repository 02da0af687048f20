import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.js';
import { answers, type RunningProcess, startProcess } from './start-process.js';
import { tempFolder } from './temp-folder.js';

/** The command `prom-agent` of this repository, as built. */
export const workerCommand = fileURLToPath(
  new URL('../../packages/worker/bin/prom-agent.js', import.meta.url),
);

export interface WorkerOptions {
  /** prometheus.yml, as text or as the object it stands for. */
  readonly config: string | object;
  readonly flags?: readonly string[];
}

export interface WorkerProcess {
  readonly url: string;
  /** Its prometheus.yml, for tests that change it. */
  readonly configFile: string;
  readonly process: RunningProcess;
  /** Ends the process and removes its folder. */
  stop(): Promise<void>;
}

/** A standalone worker in its own folder, on a free port, ready when its first targets are known. */
export async function startWorker(options: WorkerOptions): Promise<WorkerProcess> {
  const folder = await tempFolder('worker');
  const url = `http://127.0.0.1:${await freePort()}`;
  const configFile = join(folder.path, 'prometheus.yml');
  const { config } = options;
  await writeFile(configFile, typeof config === 'string' ? config : JSON.stringify(config));
  const running = await startProcess({
    command: process.execPath,
    args: [
      workerCommand,
      'run',
      `--config.file=${configFile}`,
      `--web.listen-address=${new URL(url).host}`,
      `--storage.path=${join(folder.path, 'data')}`,
      ...(options.flags ?? []),
    ],
    cwd: folder.path,
    ready: answers(`${url}/-/ready`),
  }).catch(async (error: unknown) => {
    await folder.remove();
    throw error;
  });
  return {
    url,
    configFile,
    process: running,
    async stop() {
      await running.stop();
      await folder.remove();
    },
  };
}
