import type { Clock } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { SerialTasks } from '../serial-tasks.js';
import { sleep } from '../ticker.js';
import { unlessAborted } from './unless-aborted.js';
import { ZooKeeperConnection } from './zookeeper-connection.js';
import { type ServerAddress, serverAddresses } from './zookeeper-servers.js';

export interface SharedConnectionDeps {
  readonly clock: Clock;
  /** For getaddrinfo, which holds one of libuv's threads for as long as a dead name server lets it. */
  readonly lookups: SerialTasks;
}

const shortestConnectMs = 1_000;
const firstBackOffMs = 1_000;
const longestBackOffMs = 30_000;

/** The connection that all discoveries of one ensemble share; opened when one asks for it. */
export class SharedConnection {
  readonly #servers: readonly string[];
  readonly #timeoutMs: number;
  readonly #deps: SharedConnectionDeps;
  readonly #stop = new AbortController();
  #current: Promise<ZooKeeperConnection> | undefined;
  /** Attempts in a row that gave no connection, or none that lasted. */
  #failures = 0;

  constructor(servers: readonly string[], timeoutMs: number, deps: SharedConnectionDeps) {
    this.#servers = servers;
    this.#timeoutMs = timeoutMs;
    this.#deps = deps;
  }

  /**
   * The open connection, or a new one. Rejects with an Error when no server gives one; who then asks
   * again waits for a while that grows with each failure, to 30 s, with chance in it: a fleet must not
   * fall upon an ensemble that comes back.
   */
  open(): Promise<ZooKeeperConnection> {
    this.#current ??= this.#connect().catch((error: unknown) => {
      this.#current = undefined;
      this.#failures++;
      throw error;
    });
    return this.#current;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    const connection = await this.#current?.catch(() => undefined);
    await connection?.close();
  }

  async #connect(): Promise<ZooKeeperConnection> {
    const { clock } = this.#deps;
    await sleep(clock, this.#backOffMs(), this.#stop.signal);
    const connection = await this.#connectToAny();
    const sinceMs = clock.monotonicMs();
    connection.listen((path) => {
      if (path !== undefined) return;
      this.#current = undefined;
      // One that is lost as soon as it is there is no better than none.
      const hasLasted = clock.monotonicMs() - sinceMs >= this.#timeoutMs;
      this.#failures = hasLasted ? 0 : this.#failures + 1;
    });
    return connection;
  }

  #backOffMs(): number {
    if (this.#failures === 0) return 0;
    const fullMs = Math.min(firstBackOffMs * 2 ** (this.#failures - 1), longestBackOffMs);
    return fullMs * (0.5 + Math.random() / 2);
  }

  async #connectToAny(): Promise<ZooKeeperConnection> {
    const { clock, lookups } = this.#deps;
    const { signal } = this.#stop;
    const problems: string[] = [];
    const candidates: ServerAddress[] = [];
    for (const server of this.#servers) {
      try {
        candidates.push(...(await unlessAborted(serverAddresses(server, lookups), signal)));
      } catch (error) {
        problems.push(`${server}: ${messageOf(error)}`);
      }
    }
    const connectMs = Math.max(this.#timeoutMs / (candidates.length || 1), shortestConnectMs);
    for (const server of shuffled(candidates)) {
      try {
        return await ZooKeeperConnection.open(server, this.#timeoutMs, connectMs, clock, signal);
      } catch (error) {
        problems.push(`${server.address} port ${server.port}: ${messageOf(error)}`);
      }
    }
    // In an order of their own: the same failure then reads the same each time.
    throw new Error(`cannot connect to ZooKeeper: ${problems.sort().join(', ')}`);
  }
}

/** Each client begins with another server, so that they share out. */
function shuffled<T>(items: readonly T[]): T[] {
  const keyed = items.map((item) => [Math.random(), item] as const);
  return keyed.sort(([a], [b]) => a - b).map(([, item]) => item);
}
