import { setTimeout as delay } from 'node:timers/promises';
import { ConsulDiscovery } from '../../packages/core/src/discovery/consul/consul-discovery.js';
import type { ConsulDiscoveryConfig } from '../../packages/core/src/discovery/consul/consul-discovery-config.js';
import { ConsulPlaces } from '../../packages/core/src/discovery/consul/query-slots.js';
import type { DiscoveryUpdate } from '../../packages/core/src/discovery/discovery.js';
import { SerialTasks } from '../../packages/core/src/discovery/serial-tasks.js';
import { FileTexts } from '../../packages/core/src/http-client/file-texts.js';
import { plainHttpClient } from '../../packages/core/src/http-client/http-client-config.js';
import { silentLogger } from '../../packages/core/src/logger.js';
import { ManualClock } from '../../packages/core/src/testing/manual-clock.js';

const defaults: Omit<ConsulDiscoveryConfig, 'server'> = {
  kind: 'consul',
  pathPrefix: undefined,
  token: undefined,
  datacenter: undefined,
  namespace: undefined,
  partition: undefined,
  tagSeparator: ',',
  scheme: 'http',
  allowStale: true,
  refreshIntervalMs: 1_000,
  services: [],
  tags: [],
  nodeMeta: {},
  filter: undefined,
  healthFilter: undefined,
  http: plainHttpClient,
};

/** A Consul discovery on a clock that a test moves; what it says is in `updates`. */
export class ConsulScene {
  readonly clock = new ManualClock();
  readonly updates: DiscoveryUpdate[] = [];
  readonly discovery: ConsulDiscovery;
  failedAttempts = 0;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(server: string, config: Partial<ConsulDiscoveryConfig> = {}) {
    const { clock } = this;
    this.discovery = new ConsulDiscovery(
      { ...defaults, server, ...config },
      {
        clock,
        logger: silentLogger,
        attemptFailed: () => {
          this.failedAttempts++;
        },
        consulPlaces: new ConsulPlaces(),
        httpClient: {
          clock,
          files: new FileTexts(clock, new SerialTasks()),
          userAgent: 'prom-agent/test',
        },
      },
    );
  }

  start(): this {
    this.#running = this.discovery.run((update) => this.updates.push(update), this.#stop.signal);
    return this;
  }

  /** Targets as last told: addresses, sorted; without Consul itself, which is a service of its own. */
  get addresses(): string[] {
    const groups = this.updates.at(-1)?.groups ?? [];
    const ours = groups.filter(({ source }) => source !== 'consul');
    return ours.flatMap(({ targets }) => targets.map((t) => t.get('__address__')!)).sort();
  }

  get error(): string | undefined {
    return this.updates.at(-1)?.error?.message;
  }

  /** Lets the discovery's time run, much faster than the server's, but not so fast that requests time out. */
  async pass(): Promise<void> {
    await delay(10);
    await this.clock.advance(250);
  }

  async until(isSo: () => boolean): Promise<void> {
    const deadline = performance.now() + 30_000;
    while (!isSo()) {
      if (performance.now() > deadline) {
        throw new Error(`not so in 30 s: ${this.addresses} ${this.error}`);
      }
      await this.pass();
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
