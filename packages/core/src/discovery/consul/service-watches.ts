import { setMaxListeners } from 'node:events';
import type { DiscoveryDeps } from '../discovery-deps.js';
import type { ConsulClient } from './consul-client.js';
import type { ConsulDiscoveryConfig } from './consul-discovery-config.js';
import type { FoundServices } from './found-services.js';
import type { QuerySlots } from './query-slots.js';
import { serviceGroup } from './service-group.js';
import { type Watch, watchUntilAbort } from './watch.js';

export interface ServiceWatchesOptions {
  readonly config: ConsulDiscoveryConfig;
  readonly datacenter: string;
  readonly found: FoundServices;
  readonly client: ConsulClient;
  readonly slots: QuerySlots;
  readonly deps: DiscoveryDeps;
}

/** Watches the health of services; which, is set again and again. */
export class ServiceWatches {
  readonly #options: ServiceWatchesOptions;
  readonly #watched = new Map<string, AbortController>();
  readonly #running = new Set<Promise<void>>();

  /** @param signal ends all watches; not aborted yet */
  constructor(options: ServiceWatchesOptions, signal: AbortSignal) {
    this.#options = options;
    signal.addEventListener('abort', () => this.#stopAll(), { once: true });
  }

  /** Services that are watched already go on. */
  set(names: ReadonlySet<string>): void {
    this.#options.found.want(names);
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
    const { config, slots, deps } = this.#options;
    const watch = this.#watchOf(name, stop.signal);
    const running: Promise<void> = watchUntilAbort(
      watch,
      config.refreshIntervalMs,
      slots,
      deps,
      stop.signal,
    ).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  #watchOf(name: string, signal: AbortSignal): Watch {
    const { config, datacenter, found, client } = this.#options;
    return {
      ask: (index) => client.health(name, index, signal),
      take: (body) => found.found(serviceGroup(name, datacenter, config, body)),
      onFailure: (error) => found.failed(name, error),
      onSuccess: () => found.works(name),
    };
  }

  #stopAll(): void {
    for (const stop of this.#watched.values()) stop.abort();
  }
}
