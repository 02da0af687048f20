import { setMaxListeners } from 'node:events';
import type { DiscoveryDeps } from '../discovery-deps.js';
import type { ConsulClient } from './consul-client.js';
import type { ConsulDiscoveryConfig } from './consul-discovery-config.js';
import type { FoundServices } from './found-services.js';
import { QuerySlots } from './query-slots.js';
import { serviceGroup } from './service-group.js';
import { type Watch, watchUntilAbort } from './watch.js';

/** Watches the health of services; which, is set again and again. */
export class ServiceWatches {
  readonly slots = new QuerySlots();
  readonly #config: ConsulDiscoveryConfig;
  readonly #datacenter: string;
  readonly #found: FoundServices;
  readonly #client: ConsulClient;
  readonly #deps: DiscoveryDeps;
  readonly #watched = new Map<string, AbortController>();
  readonly #running = new Set<Promise<void>>();

  constructor(
    config: ConsulDiscoveryConfig,
    datacenter: string,
    found: FoundServices,
    client: ConsulClient,
    deps: DiscoveryDeps,
    signal: AbortSignal,
  ) {
    this.#config = config;
    this.#datacenter = datacenter;
    this.#found = found;
    this.#client = client;
    this.#deps = deps;
    signal.addEventListener('abort', () => this.#stopAll(), { once: true });
  }

  /** Services that are watched already go on. */
  set(names: ReadonlySet<string>): void {
    this.#found.want(names);
    for (const [name, stop] of this.#watched) {
      if (names.has(name)) continue;
      this.#watched.delete(name);
      stop.abort();
    }
    for (const name of names) {
      if (!this.#watched.has(name)) this.#start(name);
    }
  }

  /** Resolves when all have ended: after the abort. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  #start(name: string): void {
    const stop = new AbortController();
    // One request may have several listeners: its deadline, its turn, its socket.
    setMaxListeners(0, stop.signal);
    this.#watched.set(name, stop);
    const { refreshIntervalMs } = this.#config;
    const watch = this.#watchOf(name, stop.signal);
    const running: Promise<void> = watchUntilAbort(
      watch,
      refreshIntervalMs,
      this.slots,
      this.#deps,
      stop.signal,
    ).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  #watchOf(name: string, signal: AbortSignal): Watch {
    return {
      ask: (index) => this.#client.health(name, index, signal),
      take: (body) => this.#found.found(serviceGroup(name, this.#datacenter, this.#config, body)),
      onFailure: (error) => this.#found.failed(name, error),
      onSuccess: () => this.#found.works(name),
    };
  }

  #stopAll(): void {
    for (const stop of this.#watched.values()) stop.abort();
  }
}
