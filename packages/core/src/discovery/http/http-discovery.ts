import { createHttpClient, type HttpClient } from '../../http-client/http-client.js';
import type { HttpClientDeps } from '../../http-client/http-transport.js';
import type { Discovery, DiscoveryUpdate, TargetGroup } from '../discovery.js';
import type { DiscoveryDeps } from '../discovery-deps.js';
import { type ReadGroups, readJsonTargetGroupsInSlices } from '../read-target-groups.js';
import { refreshUntilAbort } from '../refresh-loop.js';
import type { HttpDiscoveryConfig } from './http-discovery-config.js';

export interface HttpDiscoveryDeps extends DiscoveryDeps {
  readonly httpClient: HttpClientDeps;
}

/** Some 300,000 targets. Prometheus has no bound. */
const maxBodyBytes = 64 * 1024 * 1024;

const jsonContentType = /^application\/json(;\s*charset=("utf-8"|utf-8))?$/i;

/**
 * `http_sd_configs`: asks a URL for all target groups at each refresh interval. Whatever is not a
 * complete, well-formed list keeps the last good one.
 */
export class HttpDiscovery implements Discovery {
  readonly kind = 'http';
  readonly #config: HttpDiscoveryConfig;
  readonly #deps: HttpDiscoveryDeps;
  #last: ReadGroups = { groups: [], list: undefined };

  constructor(config: HttpDiscoveryConfig, deps: HttpDiscoveryDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  async run(onUpdate: (update: DiscoveryUpdate) => void, signal: AbortSignal): Promise<void> {
    const client = createHttpClient(this.#config.http, this.#deps.httpClient);
    const refresh = {
      intervalMs: this.#config.refreshIntervalMs,
      find: () => this.#find(client, signal),
    };
    try {
      await refreshUntilAbort(refresh, this.#deps, onUpdate, signal);
    } finally {
      await client.close();
    }
  }

  async #find(client: HttpClient, signal: AbortSignal): Promise<readonly TargetGroup[]> {
    try {
      const body = await this.#ask(client, signal);
      if (this.#last.list?.bytes.equals(body) !== true) this.#last = await this.#read(body);
      return this.#last.groups;
    } catch (error) {
      throw new Error(`${shownUrl(this.#config.url)}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  async #ask(client: HttpClient, signal: AbortSignal): Promise<Buffer> {
    const { url, refreshIntervalMs } = this.#config;
    const { status, statusText, headers, body } = await client.request({
      url,
      headers: {
        accept: 'application/json',
        'x-prometheus-refresh-interval-seconds': String(refreshIntervalMs / 1000),
      },
      timeoutMs: refreshIntervalMs,
      maxBodyBytes,
      signal,
    });
    if (status !== 200) throw new Error(`expected status 200, found ${status} ${statusText}`);
    const contentType = headers['content-type'] ?? '';
    if (!jsonContentType.test(contentType.trim())) {
      const found = JSON.stringify(contentType);
      throw new Error(`unsupported content type ${found}, expected application/json in utf-8`);
    }
    return body;
  }

  /** A group that says what it said in the last answer is the very same. */
  #read(body: Buffer): Promise<ReadGroups> {
    const { url } = this.#config;
    const origin = { source: url, label: ['__meta_url', url] } as const;
    return readJsonTargetGroupsInSlices(body, origin, this.#deps.clock, this.#last.list);
  }
}

/** Without what may be secret: a password, or a token in the query. */
function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
