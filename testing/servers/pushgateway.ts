import { join } from 'node:path';
import { freePort } from './free-port.js';
import { type RunningProcess, startProcess } from './start-process.js';
import { tempFolder } from './temp-folder.js';

export interface PushgatewayOptions {
  /** `pushgateway-1.5` is Debian 12's, without native histograms and UTF-8 names. Default: `pushgateway`. */
  readonly program?: 'pushgateway' | 'pushgateway-1.5';
  /** Keep groups over a restart. Default false. */
  readonly persistent?: boolean;
  readonly flags?: readonly string[];
  /** Where it answers, if its flags change that: `https://127.0.0.1:1/prefix`. Default: `http://` and its address. */
  readonly urlOf?: (address: string) => string;
  /** Of the requests that are made here: credentials. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A group as `/api/v1/metrics` shows it. */
export interface PushedGroup {
  readonly labels: Readonly<Record<string, string>>;
  readonly last_push_successful: boolean;
  /** By family name, `push_time_seconds` and `push_failure_time_seconds` included. */
  readonly [family: string]: unknown;
}

export interface Pushgateway {
  /** `host:port`. */
  readonly address: string;
  readonly url: string;
  groups(): Promise<readonly PushedGroup[]>;
  /** What a Prometheus would scrape. */
  metrics(accept?: string): Promise<string>;
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
  /** Starts it again at the same address; nothing while it runs. */
  start(): Promise<void>;
  process(): RunningProcess | undefined;
  /** Ends the process and removes its folder. */
  stop(): Promise<void>;
}

/** A real Pushgateway on 127.0.0.1. */
export async function startPushgateway(options: PushgatewayOptions = {}): Promise<Pushgateway> {
  const { program = 'pushgateway', persistent = false, flags = [], urlOf, headers } = options;
  const folder = await tempFolder('pushgateway');
  const address = `127.0.0.1:${await freePort()}`;
  const url = urlOf?.(address) ?? `http://${address}`;
  // Debian's keeps them in /var/lib where it is not told otherwise.
  const file = persistent ? join(folder.path, 'groups') : '';
  const launch = (): Promise<RunningProcess> =>
    startProcess({
      command: program,
      args: [
        `--web.listen-address=${address}`,
        '--log.level=warn',
        `--persistence.file=${file}`,
        '--persistence.interval=100ms',
        ...flags,
      ],
      cwd: folder.path,
      // With TLS or passwords it answers as well, only not to a plain GET.
      ready: async () => {
        const response = await fetch(`http://${address}/-/ready`, {
          signal: AbortSignal.timeout(2_000),
        });
        await response.arrayBuffer();
        return true;
      },
    });
  let running: RunningProcess | undefined = await launch().catch(async (error: unknown) => {
    await folder.remove();
    throw error;
  });
  const get = async (path: string, accept = '*/*'): Promise<Response> => {
    const response = await fetch(url + path, { headers: { accept, ...headers } });
    if (!response.ok) throw new Error(`pushgateway ${path}: ${response.status}`);
    return response;
  };
  return {
    address,
    url,
    async groups() {
      const { data } = (await (await get('/api/v1/metrics')).json()) as { data: PushedGroup[] };
      return data;
    },
    metrics: async (accept) => (await get('/metrics', accept)).text(),
    async kill() {
      running?.signal('SIGKILL');
      await running?.stop();
      running = undefined;
    },
    async start() {
      running ??= await launch();
    },
    process: () => running,
    async stop() {
      await running?.stop();
      await folder.remove();
    },
  };
}
