import { setTimeout as delay } from 'node:timers/promises';
import type { DiscoveryUpdate } from '../../packages/core/src/discovery/discovery.js';
import { SharedConnections } from '../../packages/core/src/discovery/zookeeper/shared-connections.js';
import { ZooKeeperDiscovery } from '../../packages/core/src/discovery/zookeeper/zookeeper-discovery.js';
import type {
  NerveDiscoveryConfig,
  ServersetDiscoveryConfig,
} from '../../packages/core/src/discovery/zookeeper/zookeeper-discovery-config.js';
import type { Logger } from '../../packages/core/src/logger.js';
import { CountingClock } from './counting-clock.js';

/** A nerve member. */
export function nerve(host: string, port = 80): string {
  return JSON.stringify({ host, port, name: 'n' });
}

/** ZooKeeper discoveries of one process; what the one started with `start` says is in `updates`. */
export class ZooKeeperScene {
  readonly address: string;
  readonly clock = new CountingClock();
  readonly zooKeepers = new SharedConnections(this.clock);
  readonly updates: DiscoveryUpdate[] = [];
  readonly warnings: object[] = [];
  failedAttempts = 0;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];

  constructor(address: string) {
    this.address = address;
  }

  discovery(
    config: Partial<NerveDiscoveryConfig> | Partial<ServersetDiscoveryConfig> = {},
  ): ZooKeeperDiscovery {
    const warn: Logger['warn'] = (fields) => this.warnings.push(fields);
    const defaults = {
      kind: 'nerve',
      servers: [this.address],
      paths: ['/nerve'],
      timeoutMs: 2_000,
    } as const;
    return new ZooKeeperDiscovery(
      { ...defaults, ...config },
      {
        clock: this.clock,
        logger: { debug() {}, info() {}, error() {}, warn },
        zooKeepers: this.zooKeepers,
        attemptFailed: () => {
          this.failedAttempts++;
        },
      },
    );
  }

  /** Starts one and waits for its first update. */
  async start(
    config?: Partial<NerveDiscoveryConfig> | Partial<ServersetDiscoveryConfig>,
    updates = this.updates,
  ): Promise<void> {
    const push = (update: DiscoveryUpdate): number => updates.push(update);
    this.#running.push(this.discovery(config).run(push, this.#stop.signal));
    await until(() => updates.length > 0);
  }

  /** The addresses found last, sorted. */
  get addresses(): (string | undefined)[] {
    return addressesOf(this.updates.at(-1));
  }

  get error(): string | undefined {
    return this.updates.at(-1)?.error?.message;
  }

  /** Waits until these addresses were found last, and nothing fails. */
  async finds(...addresses: string[]): Promise<void> {
    const wanted = addresses.sort().join();
    await until(
      () => this.addresses.join() === wanted && this.error === undefined,
      () => `${this.addresses} ${this.error}`,
    );
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }
}

export function addressesOf(update: DiscoveryUpdate | undefined): (string | undefined)[] {
  const targets = update?.groups.flatMap((group) => group.targets) ?? [];
  return targets.map((labels) => labels.get('__address__')).sort();
}

/** Waits for what real servers do. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  describe: () => string = () => '',
): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not in 30 s; last: ${describe()}`);
    await delay(10);
  }
}
