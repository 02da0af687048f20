import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { answers, startProcess } from './start-process.js';
import { tempFolder } from './temp-folder.js';

export interface VmagentServer {
  readonly url: string;
  /** Ends the process and removes its folder. */
  stop(): Promise<void>;
}

/** A real vmagent that sends to nowhere, or where told; fields of the configuration that it does not know are passed over. */
export async function startVmagent(
  config: string,
  flags: readonly string[] = [],
  remoteWriteUrl = 'http://127.0.0.1:9/',
): Promise<VmagentServer> {
  const folder = await tempFolder('vmagent');
  const url = `http://127.0.0.1:${await freePort()}`;
  const configFile = join(folder.path, 'prometheus.yml');
  await writeFile(configFile, config);
  const running = await startProcess({
    command: 'vmagent',
    args: [
      `-promscrape.config=${configFile}`,
      '-promscrape.config.strictParse=false',
      `-httpListenAddr=${new URL(url).host}`,
      `-remoteWrite.url=${remoteWriteUrl}`,
      `-remoteWrite.tmpDataPath=${join(folder.path, 'data')}`,
      '-loggerLevel=WARN',
      ...flags,
    ],
    cwd: folder.path,
    ready: answers(`${url}/health`),
  }).catch(async (error: unknown) => {
    await folder.remove();
    throw error;
  });
  return {
    url,
    async stop() {
      await running.stop();
      await folder.remove();
    },
  };
}
