import type { LookupFunction, Socket } from 'node:net';
import { buildConnector, Client } from 'undici';
import type { Clock } from '../../clock.js';
import { Exchange, type PostResult } from './exchange.js';
import type { RemoteWriteOptions } from './remote-write-options.js';
import { requestHeaders, withoutSecrets } from './request-headers.js';

/** Idle sockets outlive the longest wait between two sends by this much. */
const keepAliveSlackMs = 30_000;

/** The receiver's end: one HTTP/1.1 connection per lane to one URL. */
export class Endpoint {
  readonly #options: RemoteWriteOptions;
  readonly #clock: Clock;
  readonly #origin: string;
  readonly #path: string;
  readonly #headers: Record<string, string>;
  readonly #mask: (words: string) => string;
  readonly #connect: buildConnector.connector;
  readonly #connecting = new Set<Socket>();
  readonly #clients: Client[] = [];

  constructor(
    options: RemoteWriteOptions,
    clock: Clock,
    userAgent: string,
    lookup: LookupFunction | undefined,
  ) {
    const url = new URL(options.url);
    this.#options = options;
    this.#clock = clock;
    this.#origin = url.origin;
    this.#path = url.pathname + url.search;
    this.#headers = requestHeaders(options, userAgent);
    this.#mask = withoutSecrets(options);
    this.#connect = this.#connector(lookup);
  }

  /**
   * Sends `body`, which must not change until the promise resolves, over the lane's connection. Never
   * rejects. `attempt` counts from 0.
   */
  post(lane: number, body: Uint8Array, attempt: number): Promise<PostResult> {
    const headers =
      attempt === 0 ? this.#headers : { ...this.#headers, 'Retry-Attempt': String(attempt) };
    return new Promise((resolve) => {
      const timeoutMs = this.#options.remoteTimeoutMs;
      const exchange = new Exchange(resolve, this.#mask);
      exchange.timer = this.#clock.setTimer(timeoutMs, () =>
        exchange.giveUp(`no answer within remote_timeout (${timeoutMs} ms)`),
      );
      try {
        this.#clientOf(lane).dispatch(
          { path: this.#path, method: 'POST', headers, body },
          exchange,
        );
      } catch (error) {
        exchange.onResponseError(undefined, error);
      }
    });
  }

  /** Ends every request under way and closes all sockets. */
  async close(): Promise<void> {
    for (const socket of this.#connecting) socket.destroy(new Error('closed'));
    await Promise.all(this.#clients.map((client) => client.destroy()));
  }

  // Not a pool: it would open a second connection for a request that follows another at once.
  #clientOf(lane: number): Client {
    const keepAliveMs = this.#options.queue.batchSendDeadlineMs + keepAliveSlackMs;
    this.#clients[lane] ??= new Client(this.#origin, {
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      // remoteTimeoutMs rules the whole request, by our clock.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: this.#connect,
    });
    return this.#clients[lane];
  }

  /** undici's own, but what still connects can be ended: a client leaves it until it times out. */
  #connector(lookup: LookupFunction | undefined): buildConnector.connector {
    const timeout = this.#options.remoteTimeoutMs;
    const connect = buildConnector({
      allowH2: false,
      timeout,
      ...(lookup && { lookup }),
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
}
