import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../clock.js';
import type { DiscoveryConfig } from '../config/agent-config.js';
import { FileTexts } from '../http-client/file-texts.js';
import { silentLogger } from '../logger.js';
import { ManualClock } from '../testing/manual-clock.js';
import { ConsulDiscovery } from './consul/consul-discovery.js';
import { ConsulPlaces } from './consul/query-slots.js';
import type { Discovery, DiscoveryUpdate } from './discovery.js';
import { HttpDiscovery } from './http/http-discovery.js';
import { RouteServer } from './route-server.contract.js';
import { SerialTasks } from './serial-tasks.js';

/** A discovery that asks a loopback server, on a clock that a test moves. */
export class HttpScene {
  readonly server: RouteServer;
  readonly clock = new ManualClock();
  readonly updates: DiscoveryUpdate[] = [];
  readonly discovery: Discovery;
  failedAttempts = 0;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  private constructor(server: RouteServer, config: DiscoveryConfig) {
    this.server = server;
    this.discovery = httpDiscovery(config, this.clock, () => {
      this.failedAttempts++;
    });
  }

  static async create(config: (address: string) => DiscoveryConfig): Promise<HttpScene> {
    const server = await new RouteServer().start();
    return new HttpScene(server, config(server.address));
  }

  start(): this {
    this.#running = this.discovery.run((update) => this.updates.push(update), this.#stop.signal);
    return this;
  }

  get addresses(): (string | undefined)[] {
    const groups = this.updates.at(-1)?.groups ?? [];
    return groups.flatMap(({ targets }) => targets.map((target) => target.get('__address__')));
  }

  get error(): string | undefined {
    return this.updates.at(-1)?.error?.message;
  }

  /** Lets what is on its way arrive, then time pass. */
  async pass(ms = 1_000): Promise<void> {
    await settle();
    await this.clock.advance(ms);
  }

  async until(isSo: () => boolean): Promise<void> {
    for (let i = 0; i < 2_000 && !isSo(); i++) await this.pass();
    if (!isSo()) throw new Error(`not so: ${this.addresses} ${this.error}`);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.server.stop();
  }
}

/** An http or consul discovery. */
export function httpDiscovery(
  config: DiscoveryConfig,
  clock: Clock,
  attemptFailed: () => void,
): Discovery {
  const files = new FileTexts(clock, new SerialTasks());
  const httpClient = { clock, files, userAgent: 'prom-agent/test' };
  const deps = {
    clock,
    logger: silentLogger,
    attemptFailed,
    httpClient,
    consulPlaces: new ConsulPlaces(),
  };
  if (config.kind === 'http') return new HttpDiscovery(config, deps);
  if (config.kind === 'consul') return new ConsulDiscovery(config, deps);
  throw new Error(`no discovery over HTTP: ${config.kind}`);
}

/** Client and server live in this process: their sockets only need turns of the loop. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 25; i++) await turn();
}
