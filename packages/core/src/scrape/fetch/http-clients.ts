import { createTransport } from '../../http-client/create-transport.js';
import type { HttpClientConfig } from '../../http-client/http-client-config.js';
import type { Hop, HttpClientDeps, HttpTransport } from '../../http-client/http-transport.js';
import { KeptRequest } from '../../http-client/kept-request.js';
import { requestUrl } from '../../http-client/request-url.js';

/** Idle sockets outlive the interval by this much, so that a scrape finds the last one's open. */
const keepAliveSlackMs = 5_000;

interface SharedTransport {
  readonly transport: HttpTransport;
  requests: number;
}

export interface RequestedTarget {
  readonly http: HttpClientConfig;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export interface SingleRequest {
  readonly transport: HttpTransport;
  readonly headers: Readonly<Record<string, string>>;
  firstHop(): Hop;
  close(): void;
}

/**
 * The HTTP transports of a scrape thread: one per http_config, interval and timeout, because undici
 * sets keep-alive and connect timeouts per client. A transport goes with its last target.
 */
export class HttpClients {
  readonly #deps: HttpClientDeps;
  readonly #transports = new Map<string, SharedTransport>();
  /** Jobs have one configuration object for all of their targets. */
  readonly #configKeys = new WeakMap<HttpClientConfig, string>();
  readonly #closing = new Set<Promise<void>>();

  constructor(deps: HttpClientDeps) {
    this.#deps = deps;
  }

  /** A target's GET, tick after tick, on a socket of its own. */
  request(target: RequestedTarget): KeptRequest {
    const [transport, closed] = this.#use(target);
    return new KeptRequest(transport, 'GET', target.url, target.headers, closed);
  }

  /** The same GET once, beside the target's ticks; its answer has all of its headers. */
  single(target: RequestedTarget): SingleRequest {
    const [transport, close] = this.#use(target);
    const { url, headers } = target;
    return {
      transport,
      headers,
      firstHop: () => transport.hop(requestUrl(url), 'GET', headers),
      close,
    };
  }

  /** The target's transport, and what lets it go. */
  #use({ http, intervalMs, timeoutMs }: RequestedTarget): [HttpTransport, () => void] {
    const key = `${intervalMs} ${timeoutMs} ${this.#configKey(http)}`;
    let shared = this.#transports.get(key);
    if (shared === undefined) {
      const limits = { keepAliveMs: intervalMs + keepAliveSlackMs, connectTimeoutMs: timeoutMs };
      shared = { transport: createTransport(http, this.#deps, limits), requests: 0 };
      this.#transports.set(key, shared);
    }
    const used = shared;
    used.requests++;
    const letGo = () => {
      used.requests--;
      if (used.requests === 0) this.#close(key, used);
    };
    return [used.transport, letGo];
  }

  async close(): Promise<void> {
    for (const [key, shared] of this.#transports) this.#close(key, shared);
    await Promise.all(this.#closing);
  }

  #close(key: string, shared: SharedTransport): void {
    if (this.#transports.get(key) !== shared) return;
    this.#transports.delete(key);
    const closing = shared.transport.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  #configKey(config: HttpClientConfig): string {
    let key = this.#configKeys.get(config);
    if (key === undefined) {
      key = JSON.stringify(config);
      this.#configKeys.set(config, key);
    }
    return key;
  }
}
