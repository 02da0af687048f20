import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Agent, buildConnector, Client, Dispatcher } from 'undici';
import type { Clock } from '../clock.js';
import { PlainClient } from './http1/plain-client.js';
import { undici } from './lazy-undici.js';
import { withoutLinkLocal } from './link-local.js';
import { ownDispatcher } from './own-requests.js';
import { type HttpProxy, isSocks, type ProxyChoice, portOf } from './proxy-choice.js';
import { openTunnel } from './proxy-tunnel.js';
import { openSocksTunnel } from './socks-tunnel.js';

/** What an answer's headers may take: node's own limit, where Go allows 10 MB. */
const maxHeaderBytes = 16 * 1024;

export interface ConnectionsOptions {
  readonly clock: Clock;
  readonly lookup: LookupFunction | undefined;
  readonly tls: () => ConnectionOptions;
  readonly proxyFor: ProxyChoice;
  /** Read anew for each tunnel: some hold secrets. */
  readonly connectHeaders: () => readonly (readonly [name: string, value: string])[];
  readonly allowLinkLocalRedirects: boolean;
  readonly keepAliveMs: number;
  readonly connectTimeoutMs: number;
}

/** A client with one socket to one host. */
export type KeptClient = Client | PlainClient;

/** The sockets of one client, all made with the same TLS material. */
export class Connections {
  readonly #options: ConnectionsOptions;
  #directConnector: buildConnector.connector | undefined;
  #guardedConnector: buildConnector.connector | undefined;
  readonly #connecting = new Set<Socket>();
  readonly #open = new Set<Dispatcher | PlainClient>();
  readonly #lookup: LookupFunction;
  /** They end their requests and go. */
  readonly #closing = new Set<Dispatcher | PlainClient>();
  #shared: Agent | undefined;
  #proxies: Agent | undefined;
  #redirected: Agent | undefined;

  constructor(options: ConnectionsOptions) {
    const lookup = options.lookup ?? (systemLookup as LookupFunction);
    this.#options = options;
    this.#lookup = lookup;
  }

  /** The proxy that is asked for the URL itself: those of https, and of SOCKS, tunnel instead. */
  forwardingProxy(url: URL): HttpProxy | undefined {
    const proxy = url.protocol === 'http:' ? this.#options.proxyFor(url) : undefined;
    return proxy !== undefined && isSocks(proxy) ? undefined : proxy;
  }

  /** One socket to one host, for who asks again and again. */
  keptClient(url: URL): KeptClient {
    const proxy = this.forwardingProxy(url);
    const isDirect = this.#options.proxyFor(url) === undefined;
    if (url.protocol === 'http:' && isDirect) return this.#plainClient(url);
    const connect = proxy === undefined ? this.#tunnelled(this.#direct) : this.#direct;
    const origin = proxy?.url.origin ?? url.origin;
    const client = ownDispatcher(new (undici().Client)(origin, this.#clientOptions(connect)));
    this.#open.add(client);
    return client;
  }

  owns(client: KeptClient): boolean {
    return this.#open.has(client);
  }

  /** As many sockets as there are requests at once, to any host. */
  get shared(): Agent {
    this.#shared ??= this.#agent(this.#tunnelled(this.#direct));
    return this.#shared;
  }

  /** To proxies that forward requests for http URLs. */
  get proxies(): Agent {
    this.#proxies ??= this.#agent(this.#direct);
    return this.#proxies;
  }

  /** For hosts a redirect named. */
  get redirected(): Agent {
    this.#redirected ??= this.#agent(this.#tunnelled(this.#guarded));
    return this.#redirected;
  }

  /** Lets go of a kept client once its request is done. */
  release(client: KeptClient): void {
    if (this.#open.delete(client)) void this.#close(client);
  }

  /** Resolves when requests under way have ended, and the sockets with them. */
  async drain(): Promise<void> {
    const open = [...this.#open];
    this.#open.clear();
    await Promise.all(open.map((dispatcher) => this.#close(dispatcher)));
  }

  /** Ends every request and every attempt to connect: undici leaves those until they time out. */
  async destroy(): Promise<void> {
    for (const socket of this.#connecting) socket.destroy(new Error('closed'));
    const all = [...this.#open, ...this.#closing];
    this.#open.clear();
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
  }

  async #close(dispatcher: Dispatcher | PlainClient): Promise<void> {
    this.#closing.add(dispatcher);
    // It rejects when it is destroyed meanwhile, which is what destroy() wants.
    await dispatcher.close().catch(() => undefined);
    this.#closing.delete(dispatcher);
  }

  #plainClient(url: URL): PlainClient {
    const client = new PlainClient({ url, lookup: this.#lookup });
    this.#open.add(client);
    return client;
  }

  #agent(connect: buildConnector.connector): Agent {
    const agent = ownDispatcher(new (undici().Agent)(this.#clientOptions(connect)));
    this.#open.add(agent);
    return agent;
  }

  get #direct(): buildConnector.connector {
    this.#directConnector ??= this.#connector(this.#lookup);
    return this.#directConnector;
  }

  get #guarded(): buildConnector.connector {
    if (this.#options.allowLinkLocalRedirects) return this.#direct;
    this.#guardedConnector ??= this.#connector(withoutLinkLocal(this.#lookup));
    return this.#guardedConnector;
  }

  #clientOptions(connect: buildConnector.connector) {
    const { keepAliveMs } = this.#options;
    return {
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      maxHeaderSize: maxHeaderBytes,
      // The caller's own timer rules a request, by its clock.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect,
    };
  }

  #connector(lookup: LookupFunction): buildConnector.connector {
    const { tls, connectTimeoutMs } = this.#options;
    const connect = undici().buildConnector({
      ...tls(),
      allowH2: false,
      timeout: connectTimeoutMs,
      lookup,
    } as buildConnector.BuildOptions);
    return (options, callback) => {
      // It returns the socket, whatever its type says (undici lib/core/connect.js).
      const socket = connect(options, (...result) => {
        this.#connecting.delete(socket);
        callback(...result);
      }) as unknown as Socket;
      this.#connecting.add(socket);
    };
  }

  /** Reaches hosts through a tunnel of the proxy, where there is one for them. */
  #tunnelled(connect: buildConnector.connector): buildConnector.connector {
    return (options, callback) => {
      const url = new URL(`${options.protocol}//${options.host ?? options.hostname}`);
      const isTls = options.protocol === 'https:';
      const proxy = this.#options.proxyFor(url);
      if (proxy === undefined || (!isTls && !isSocks(proxy))) {
        connect(options, callback);
        return;
      }
      this.#tunnel(proxy, url).then(
        (socket) => {
          this.#connecting.delete(socket);
          if (isTls) this.#direct({ ...options, httpSocket: socket }, callback);
          else callback(null, socket);
        },
        (error: Error) => callback(error, null),
      );
    };
  }

  /** Until its tunnel is made, a socket to the proxy is one that connects. */
  #watch(socket: Socket): void {
    this.#connecting.add(socket);
    socket.once('close', () => this.#connecting.delete(socket));
  }

  #tunnel(proxy: HttpProxy, url: URL): Promise<Socket> {
    const { connectHeaders, connectTimeoutMs: timeoutMs, clock } = this.#options;
    // Not guarded: that the proxy has a link-local address is the operator's choice.
    const connect: buildConnector.connector = (to, callback) => {
      this.#direct(to, (...result) => {
        const [failed, socket] = result;
        // One that failed has no socket, not even the null of its type (undici lib/core/connect.js).
        if (failed === null) this.#watch(socket);
        callback(...result);
      });
    };
    const { hostname } = url;
    const port = portOf(url);
    if (isSocks(proxy))
      return openSocksTunnel({ proxy, hostname, port, connect, timeoutMs, clock });
    const headers = connectHeaders();
    return openTunnel({ proxy, to: `${hostname}:${port}`, headers, connect, timeoutMs, clock });
  }
}
