import { setMaxListeners } from 'node:events';
import type { HttpClientDeps } from '../../http-client/http-transport.js';
import type { Discovery, DiscoveryUpdate } from '../discovery.js';
import type { DiscoveryDeps } from '../discovery-deps.js';
import { sleep } from '../ticker.js';
import { needsCatalog, wantedServices } from './catalog.js';
import { ConsulClient } from './consul-client.js';
import type { ConsulDiscoveryConfig } from './consul-discovery-config.js';
import { FoundServices } from './found-services.js';
import type { ConsulPlaces } from './query-slots.js';
import { ServiceWatches } from './service-watches.js';
import { retryMs, type Watch, watchUntilAbort } from './watch.js';

export interface ConsulDiscoveryDeps extends DiscoveryDeps {
  readonly httpClient: HttpClientDeps;
  readonly consulPlaces: ConsulPlaces;
}

/**
 * `consul_sd_configs`: watches the catalog for services, and the health of each that is wanted. Each
 * service is a group; a question that fails keeps the last good answer.
 */
export class ConsulDiscovery implements Discovery {
  readonly kind = 'consul';
  readonly #config: ConsulDiscoveryConfig;
  readonly #deps: ConsulDiscoveryDeps;

  constructor(config: ConsulDiscoveryConfig, deps: ConsulDiscoveryDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  async run(onUpdate: (update: DiscoveryUpdate) => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const client = new ConsulClient(this.#config, this.#deps.httpClient);
    const stop = new AbortController();
    // Each service listens to this one; Node warns of a leak from the eleventh listener on.
    setMaxListeners(0, stop.signal);
    const onAbort = (): void => stop.abort();
    signal.addEventListener('abort', onAbort);
    const found = new FoundServices((update) => {
      if (!signal.aborted) onUpdate(this.#named(update));
    });
    try {
      const datacenter = await this.#datacenter(client, found, stop.signal);
      if (datacenter !== undefined && !signal.aborted)
        await this.#watch(client, datacenter, found, stop.signal);
    } finally {
      signal.removeEventListener('abort', onAbort);
      await client.close();
    }
  }

  /** Undefined when the signal aborts before it is known. */
  async #datacenter(
    client: ConsulClient,
    found: FoundServices,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { clock, attemptFailed } = this.#deps;
    if (this.#config.datacenter) return this.#config.datacenter;
    while (!signal.aborted) {
      try {
        return await client.datacenter(signal);
      } catch (error) {
        if (signal.aborted) return undefined;
        attemptFailed();
        found.failed(undefined, error as Error);
        await sleep(clock, retryMs, signal);
      }
    }
    return undefined;
  }

  async #watch(
    client: ConsulClient,
    datacenter: string,
    found: FoundServices,
    signal: AbortSignal,
  ): Promise<void> {
    const config = this.#config;
    const slots = this.#deps.consulPlaces.at(config.server);
    const watched = { config, datacenter, found, client, slots, deps: this.#deps };
    const watches = new ServiceWatches(watched, signal);
    if (!needsCatalog(config)) {
      watches.set(new Set(config.services));
      await aborted(signal);
    } else {
      const catalog: Watch = {
        ask: (index) => client.catalog(index, signal),
        take: (body) => watches.set(wantedServices(config, body)),
        onFailure: (error) => found.failed(undefined, error),
        onSuccess: () => found.works(undefined),
      };
      await watchUntilAbort(catalog, config.refreshIntervalMs, slots, this.#deps, signal);
    }
    await watches.ended();
  }

  /** The server is named once, whatever failed. */
  #named({ groups, error }: DiscoveryUpdate): DiscoveryUpdate {
    if (error === undefined) return { groups, error };
    return { groups, error: new Error(`consul ${this.#config.server}: ${error.message}`) };
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
