import type { LookupFunction } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import { Connections, type KeptClient } from './connections.js';
import type { FileTexts } from './file-texts.js';
import type { HttpClientConfig, SecretSource } from './http-client-config.js';
import { HttpFailure } from './http-failure.js';
import type { RequestDispatcher, WireRequest } from './http1/answer-handler.js';
import type { OAuth2Token } from './oauth2-token.js';
import { proxyChoice } from './proxy-choice.js';
import { type RequestStep, redirected } from './redirect.js';
import {
  type ConfiguredHeaders,
  configuredHeaders,
  fileOf,
  headerFiles,
  type RequestHeaders,
  requestHeaders,
  secretText,
} from './request-secrets.js';
import { tlsConnectOptions } from './tls-context.js';

/** What the clients of one thread share. */
export interface HttpClientDeps {
  readonly clock: Clock;
  readonly files: FileTexts;
  readonly userAgent: string;
  /** How host names become addresses; default: the system's resolver. */
  readonly lookup?: LookupFunction;
  /** `agent.allow_link_local_redirects`; default false. */
  readonly allowLinkLocalRedirects?: boolean;
  /** For `proxy_from_environment`; default: the process's. */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface ConnectionLimits {
  /** How long an idle socket is kept, unless the server says less. */
  readonly keepAliveMs: number;
  readonly connectTimeoutMs: number;
}

/** One request as undici takes it, and where it goes. May be dispatched many times. */
export interface Hop {
  readonly step: RequestStep;
  readonly dispatcher: RequestDispatcher;
  readonly request: WireRequest;
}

/**
 * A checked http_config at work: knows sockets, credentials and redirects, leaves sending and
 * deadlines to its users. What can change under way (files, tokens) is made current by
 * {@link refresh}; a change raises {@link generation}, and hops made before it are old.
 */
export class HttpTransport {
  readonly #config: HttpClientConfig;
  readonly #deps: HttpClientDeps;
  readonly #limits: ConnectionLimits;
  readonly #token: OAuth2Token | undefined;
  readonly #tlsFiles: readonly string[];
  readonly #files: readonly string[];
  #filesVersion = -1;
  #tlsVersion = -1;
  #bearer: string | undefined;
  #configured: ConfiguredHeaders | undefined;
  #connections: Connections | undefined;
  /** With TLS material of before, until their requests have ended. */
  readonly #draining = new Set<Connections>();
  #isClosed = false;
  /** Rises when hops have to be made anew. */
  generation = 0;

  constructor(
    config: HttpClientConfig,
    deps: HttpClientDeps,
    limits: ConnectionLimits,
    token: OAuth2Token | undefined,
  ) {
    const { tls, proxy } = config;
    this.#config = config;
    this.#deps = deps;
    this.#limits = limits;
    this.#token = token;
    this.#tlsFiles = [tls?.ca, tls?.cert, tls?.key].flatMap((source) => fileOf(source));
    const connectSources = Object.values(proxy?.connectHeaders ?? {}).flat();
    this.#files = [
      ...headerFiles(config),
      ...this.#tlsFiles,
      ...connectSources.flatMap((source) => fileOf(source)),
      ...(token?.files ?? []),
    ];
  }

  /**
   * Makes files and tokens current. Undefined when they are: always, but for the first time, where
   * the configuration names none.
   * @throws HttpFailure `credentials`, `tls`, `timeout` (of the token)
   */
  refresh(): Promise<void> | undefined {
    const { files } = this.#deps;
    const looking = this.#files.length === 0 ? undefined : files.look(this.#files);
    if (looking === undefined && this.#isCurrent()) return undefined;
    return this.#refresh(looking);
  }

  /** The first hop of a request; after {@link refresh}. */
  hop(url: URL, method: string, headers: RequestHeaders, own?: KeptClient): Hop {
    return this.#hop({ url, method, redirects: 0, trusted: true }, headers, own);
  }

  /**
   * Where the answer to a hop leads; undefined: the answer stands.
   * @throws HttpFailure `redirect`
   */
  redirect(
    hop: Hop,
    status: number,
    location: string | string[] | undefined,
    headers: RequestHeaders,
  ): Hop | undefined {
    if (!this.#config.followRedirects) return undefined;
    const allowed = this.#deps.allowLinkLocalRedirects === true;
    const step = redirected(hop.step, status, location, allowed);
    if (step === undefined) return undefined;
    const stays = step.url.origin === hop.step.url.origin;
    return this.#hop(step, headers, stays ? hop.dispatcher : undefined);
  }

  /**
   * A client of the caller's own for one URL: one kept socket. The one before it is good until TLS
   * material changes.
   */
  keptClient(url: URL, before: KeptClient | undefined): KeptClient {
    const live = this.#live;
    return before !== undefined && live.owns(before) ? before : live.keptClient(url);
  }

  /** Closes a kept client of any generation once its request is done. */
  release(client: KeptClient): void {
    this.#connections?.release(client);
  }

  /** Ends every request and closes all sockets. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#draining, this.#connections];
    await Promise.all([...all.map((one) => one?.destroy()), this.#token?.close()]);
  }

  get #live(): Connections {
    if (this.#connections === undefined) throw new Error('a transport was used before refresh()');
    return this.#connections;
  }

  #isCurrent(): boolean {
    if (this.#configured === undefined || this.#connections === undefined) return false;
    if (this.#files.length === 0 && this.#token === undefined) return true;
    if (this.#deps.files.version(this.#files) !== this.#filesVersion) return false;
    return (
      this.#token === undefined ||
      (this.#token.isFresh() && this.#token.authorization === this.#bearer)
    );
  }

  async #refresh(looking: Promise<void> | undefined): Promise<void> {
    await looking;
    await this.#token?.refresh();
    if (this.#isClosed) throw new HttpFailure('aborted', 'the client was closed');
    if (!this.#isCurrent()) this.#renew();
  }

  #renew(): void {
    const { files } = this.#deps;
    const configured = configuredHeaders(this.#config, files, this.#token?.authorization);
    const tlsVersion = files.version(this.#tlsFiles);
    if (this.#connections === undefined || tlsVersion !== this.#tlsVersion) {
      const connections = this.#connect();
      this.#drain(this.#connections);
      this.#connections = connections;
      this.#tlsVersion = tlsVersion;
    }
    this.#configured = configured;
    this.#bearer = this.#token?.authorization;
    this.#filesVersion = files.version(this.#files);
    this.generation++;
  }

  #drain(connections: Connections | undefined): void {
    if (connections === undefined) return;
    this.#draining.add(connections);
    void connections.drain().then(() => this.#draining.delete(connections));
  }

  #connect(): Connections {
    const { clock, lookup, environment, allowLinkLocalRedirects } = this.#deps;
    const { proxy, tls } = this.#config;
    // What cannot be used fails here; without a tls_config nothing can, and few need a context.
    const tlsOptions = tls && this.#tlsOptions();
    return new Connections({
      clock,
      lookup,
      tls: () => tlsOptions ?? this.#tlsOptions(),
      proxyFor: proxyChoice(proxy, environment ?? process.env),
      connectHeaders: () => this.#connectHeaders(),
      allowLinkLocalRedirects: allowLinkLocalRedirects === true,
      ...this.#limits,
    });
  }

  #tlsOptions(): ConnectionOptions {
    const { tls } = this.#config;
    const read = (source: SecretSource | undefined, what: string) =>
      source && tlsText(() => secretText(source, this.#deps.files, what));
    return tlsConnectOptions(tls, {
      ca: read(tls?.ca, 'CA cert'),
      cert: read(tls?.cert, 'specified client cert'),
      key: read(tls?.key, 'specified client key'),
    });
  }

  #connectHeaders(): [name: string, value: string][] {
    const { connectHeaders = {} } = this.#config.proxy ?? {};
    return Object.entries(connectHeaders).flatMap(([name, sources]) =>
      sources.map((source): [string, string] => [
        name,
        secretText(source, this.#deps.files, 'proxy connect header'),
      ]),
    );
  }

  #hop(step: RequestStep, headers: RequestHeaders, own: RequestDispatcher | undefined): Hop {
    const { url, method, trusted, redirects } = step;
    const live = this.#live;
    const proxy = live.forwardingProxy(url);
    const path = url.pathname + url.search;
    return {
      step,
      dispatcher: own ?? dispatcherOf(live, redirects > 0, proxy !== undefined),
      request: {
        origin: proxy?.url.origin ?? url.origin,
        path: proxy === undefined ? path : `http://${url.host}${path}`,
        method: method as WireRequest['method'],
        headers: {
          ...requestHeaders(headers, url, this.#configured!, trusted),
          ...(proxy !== undefined && { host: url.host }),
          ...(proxy?.authorization && { 'proxy-authorization': proxy.authorization }),
        },
      },
    };
  }
}

function dispatcherOf(
  live: Connections,
  isRedirected: boolean,
  isForwarded: boolean,
): RequestDispatcher {
  if (isForwarded) return live.proxies;
  return isRedirected ? live.redirected : live.shared;
}

/** Files of certificates are TLS to an operator, not credentials. */
function tlsText(read: () => string): string {
  try {
    return read();
  } catch (error) {
    throw new HttpFailure('tls', messageOf(error), error);
  }
}
