import { createHttpClient, type HttpClient } from '../../http-client/http-client.js';
import type { HttpClientConfig } from '../../http-client/http-client-config.js';
import type { HttpClientDeps } from '../../http-client/http-transport.js';
import type { HttpResponse } from '../../http-client/send-request.js';
import type { ConsulDiscoveryConfig } from './consul-discovery-config.js';

/** An answer to a question that can be asked as a blocking query. */
export interface ConsulAnswer {
  /** `X-Consul-Index`; 0 when there is none that can be waited on. */
  readonly index: number;
  /** False from a server that may have lost, or not yet got, what it should know. */
  readonly knowsLeader: boolean;
  readonly body: unknown;
}

/** As Prometheus. Consul stretches it by up to a sixteenth, so that not all come back at once. */
const waitMs = 120_000;
const blockingTimeoutMs = waitMs + 15_000;
const plainTimeoutMs = 30_000;
/** The health of one service with some 50,000 instances. */
const maxBodyBytes = 64 * 1024 * 1024;

/** Consul's HTTP API, as far as discovery asks it. Errors are in words for an operator. */
export class ConsulClient {
  readonly #config: ConsulDiscoveryConfig;
  readonly #baseUrl: string;
  readonly #http: HttpClient;

  constructor(config: ConsulDiscoveryConfig, deps: HttpClientDeps) {
    this.#config = config;
    this.#baseUrl = baseUrl(config);
    this.#http = createHttpClient(withToken(config), deps);
  }

  /** Of the agent that is asked. */
  async datacenter(signal: AbortSignal): Promise<string> {
    const { body } = await this.#get('/v1/agent/self', '', plainTimeoutMs, signal);
    const self = body as { Config?: { Datacenter?: unknown } } | null;
    const found = self?.Config?.Datacenter;
    if (typeof found === 'string') return found;
    throw new Error('/v1/agent/self: expected the text Config.Datacenter: is this a Consul?');
  }

  /** All services with their tags. An index above 0 waits for news, for up to two minutes. */
  catalog(index: number, signal: AbortSignal): Promise<ConsulAnswer> {
    return this.#watch('/v1/catalog/services', this.#config.filter, [], index, signal);
  }

  /** The instances of a service. */
  health(service: string, index: number, signal: AbortSignal): Promise<ConsulAnswer> {
    const path = `/v1/health/service/${encodeURIComponent(service)}`;
    return this.#watch(path, this.#config.healthFilter, this.#config.tags, index, signal);
  }

  /** Ends requests under way and closes all sockets. */
  close(): Promise<void> {
    return this.#http.close();
  }

  async #watch(
    path: string,
    filter: string | undefined,
    tags: readonly string[],
    index: number,
    signal: AbortSignal,
  ): Promise<ConsulAnswer> {
    const query = this.#query(filter, tags, index);
    const timeoutMs = index > 0 ? blockingTimeoutMs : plainTimeoutMs;
    const { body, headers } = await this.#get(path, `?${query}`, timeoutMs, signal);
    const answered = Number(headers['x-consul-index']);
    return {
      index: answered >= 1 ? answered : 0,
      knowsLeader: headers['x-consul-knownleader'] !== 'false',
      body,
    };
  }

  /** Names in the order in which Go's client writes them. */
  #query(filter: string | undefined, tags: readonly string[], index: number): URLSearchParams {
    const { datacenter, namespace, partition, nodeMeta, allowStale } = this.#config;
    const query = new URLSearchParams();
    if (datacenter) query.set('dc', datacenter);
    if (filter) query.set('filter', filter);
    if (index > 0) query.set('index', String(index));
    for (const [name, value] of Object.entries(nodeMeta))
      query.append('node-meta', `${name}:${value}`);
    if (namespace) query.set('ns', namespace);
    if (partition) query.set('partition', partition);
    if (allowStale) query.set('stale', '');
    for (const tag of tags) query.append('tag', tag);
    query.set('wait', `${waitMs}ms`);
    return query;
  }

  async #get(path: string, query: string, timeoutMs: number, signal: AbortSignal) {
    let answer: HttpResponse;
    try {
      answer = await this.#http.request({
        url: this.#baseUrl + path + query,
        timeoutMs,
        maxBodyBytes,
        signal,
      });
    } catch (error) {
      throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
    }
    const { status, statusText, headers, body } = answer;
    if (status !== 200) {
      throw new Error(`${path}: expected status 200, found ${status} ${statusText}${why(body)}`);
    }
    return { headers, body: parseJson(path, body) };
  }
}

/** As a configured header the token stays behind when Consul redirects to another host. */
function withToken({ http, token }: ConsulDiscoveryConfig): HttpClientConfig {
  if (!token) return http;
  const header = { values: [], secrets: [token], files: [] };
  return { ...http, headers: { ...http.headers, 'X-Consul-Token': header } };
}

/** Consul says in plain text what is wrong: `No cluster leader`, `Permission denied`. */
function why(body: Buffer): string {
  const text = body.subarray(0, 200).toString('utf8').trim();
  return text === '' ? '' : `: ${text}`;
}

function parseJson(path: string, body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** `server` may bring a scheme and a path of its own, as for Consul's own client. */
function baseUrl({ server, scheme, pathPrefix = '' }: ConsulDiscoveryConfig): string {
  const [written, rest] = server.includes('://') ? server.split('://', 2) : [undefined, server];
  // Its client never goes back from https to http.
  const used = written === 'https' ? written : scheme;
  const slash = rest!.indexOf('/');
  const host = slash < 0 ? rest! : rest!.slice(0, slash);
  const path = slash < 0 ? pathPrefix : rest!.slice(slash);
  return `${used}://${host}${path.replace(/\/$/, '')}`;
}
