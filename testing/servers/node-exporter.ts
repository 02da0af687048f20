import { freePort } from './free-port.js';
import { answers, type RunningProcess, startProcess } from './start-process.js';

export interface ExporterServer {
  /** `host:port`, as a target is written. */
  readonly address: string;
  readonly url: string;
  readonly process: RunningProcess;
  stop(): Promise<void>;
}

/** A real node_exporter; `flags` such as `--collector.disable-defaults`. */
export async function startNodeExporter(flags: readonly string[] = []): Promise<ExporterServer> {
  const address = `127.0.0.1:${await freePort()}`;
  return startExporterProcess('node_exporter', address, [
    `--web.listen-address=${address}`,
    ...flags,
  ]);
}

/** A program that serves /metrics at the address it was told. */
export async function startExporterProcess(
  command: string,
  address: string,
  args: readonly string[],
): Promise<ExporterServer> {
  const url = `http://${address}/metrics`;
  const running = await startProcess({ command, args, ready: answers(url) });
  return {
    address,
    url,
    process: running,
    async stop() {
      await running.stop();
    },
  };
}
