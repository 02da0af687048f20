import { freePort } from './free-port.js';
import { type RunningProcess, startProcess } from './start-process.js';
import { tempFolder } from './temp-folder.js';

/** A service instance as Consul's agent API takes it (`/v1/agent/service/register`). */
export interface ConsulService {
  readonly Name: string;
  /** Default: the name. */
  readonly ID?: string;
  readonly Address?: string;
  readonly Port?: number;
  readonly Tags?: readonly string[];
  readonly Meta?: Readonly<Record<string, string>>;
  readonly TaggedAddresses?: Readonly<Record<string, { Address: string; Port: number }>>;
  readonly Check?: object;
}

export interface ConsulServer {
  /** `host:port` of its HTTP API. */
  readonly address: string;
  readonly url: string;
  register(service: ConsulService): Promise<void>;
  deregister(id: string): Promise<void>;
  /** Any request of its API; rejects on a status other than 200. */
  put(path: string, body?: object): Promise<void>;
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
  /** Starts it again with what it had stored, at the same address; nothing while it runs. */
  start(): Promise<void>;
  /** Ends the process and removes its folder. */
  stop(): Promise<void>;
}

/** A real Consul server on 127.0.0.1 with one node, `vm1`, whose state outlives a restart. */
export async function startConsul(flags: readonly string[] = []): Promise<ConsulServer> {
  const folder = await tempFolder('consul');
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  const [httpPort, serfPort, serverPort] = ports;
  const address = `127.0.0.1:${httpPort}`;
  const url = `http://${address}`;
  const launch = (): Promise<RunningProcess> =>
    startProcess({
      command: 'consul',
      args: [
        ...['agent', '-server', '-bootstrap-expect=1', '-node=vm1', '-datacenter=dc1'],
        ...['-bind=127.0.0.1', '-client=127.0.0.1', `-data-dir=${folder.path}`],
        ...[`-http-port=${httpPort}`, `-serf-lan-port=${serfPort}`, `-server-port=${serverPort}`],
        ...['-serf-wan-port=-1', '-dns-port=-1', '-grpc-port=-1', '-log-level=warn'],
        // A lone server elects itself within a second instead of seven.
        ...['-hcl', 'performance { raft_multiplier = 1 }', '-disable-host-node-id=true'],
        ...flags,
      ],
      ready: () => hasLeader(url),
    });
  let running: RunningProcess | undefined = await launch().catch(async (error: unknown) => {
    await folder.remove();
    throw error;
  });
  const put = async (path: string, body?: object): Promise<void> => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(url + path, { method: 'PUT', ...init });
    const text = await response.text();
    if (!response.ok) throw new Error(`consul ${path}: ${response.status} ${text}`);
  };
  return {
    address,
    url,
    put,
    register: (service) => put('/v1/agent/service/register', service),
    deregister: (id) => put(`/v1/agent/service/deregister/${encodeURIComponent(id)}`),
    async kill() {
      running?.signal('SIGKILL');
      await running?.stop();
      running = undefined;
    },
    async start() {
      running ??= await launch();
    },
    async stop() {
      await running?.stop();
      await folder.remove();
    },
  };
}

/** Also that its own node is registered: until then the catalog is empty. */
async function hasLeader(url: string): Promise<boolean> {
  const response = await fetch(`${url}/v1/health/service/consul`, {
    signal: AbortSignal.timeout(2_000),
  });
  const found = (await response.json()) as unknown[];
  return response.ok && found.length > 0;
}
