import { messageOf } from '../../../errors.js';
import { createTransport } from '../../../http-client/create-transport.js';
import type { Hop, HttpClientDeps, HttpTransport } from '../../../http-client/http-transport.js';
import { KeptRequest } from '../../../http-client/kept-request.js';
import type { RequestHeaders } from '../../../http-client/request-secrets.js';
import { Exchange, type PostResult } from '../../delivery/exchange.js';
import { withoutSecrets } from '../../delivery/without-secrets.js';
import type { WriteVersion } from '../../wire/request-parts.js';
import type { RemoteWriteOptions } from '../remote-write-options.js';
import { lookupAtRandom } from './lookup-at-random.js';
import { requestHeaders } from './request-headers.js';

/** Idle sockets outlive the longest wait between two sends by this much. */
const keepAliveSlackMs = 30_000;

/** The receiver's end: one HTTP/1.1 connection per lane to one URL. */
export class Endpoint {
  readonly #options: RemoteWriteOptions;
  readonly #deps: HttpClientDeps;
  readonly #url: URL;
  readonly #headers: Readonly<Record<WriteVersion, Readonly<Record<string, string>>>>;
  readonly #mask: (words: string, sent: RequestHeaders) => string;
  readonly #transport: HttpTransport;
  /** By version, by lane. */
  readonly #lanes: Readonly<Record<WriteVersion, KeptRequest[]>> = { 1: [], 2: [] };

  constructor(options: RemoteWriteOptions, deps: HttpClientDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#url = new URL(options.url);
    const headers = (version: WriteVersion) => requestHeaders(options, deps.userAgent, version);
    this.#headers = { 1: headers(1), 2: headers(2) };
    this.#mask = withoutSecrets(options);
    const { roundRobinDns = false } = options;
    const lookup = roundRobinDns ? { lookup: lookupAtRandom(deps.lookup) } : {};
    this.#transport = createTransport(
      options.http,
      { ...deps, ...lookup },
      {
        keepAliveMs: options.queue.batchSendDeadlineMs + keepAliveSlackMs,
        connectTimeoutMs: options.remoteTimeoutMs,
      },
    );
  }

  /**
   * Sends `body`, which must not change until the promise resolves, over the lane's connection. Never
   * rejects. `attempt` counts from 0.
   */
  post(
    lane: number,
    body: Uint8Array,
    attempt: number,
    version: WriteVersion = 1,
  ): Promise<PostResult> {
    return new Promise((resolve) => {
      const timeoutMs = this.#options.remoteTimeoutMs;
      const exchange = new Exchange({
        resolve,
        mask: this.#mask,
        next: (hop, { status, location }) => this.#next(hop, status, location, version),
        dispatch: ({ dispatcher, request }, handler) => {
          const { origin, path, method } = request;
          const headers = attempt === 0 ? request.headers : retried(request.headers, attempt);
          dispatcher.dispatch({ origin, path, method, headers, body }, handler);
        },
      });
      exchange.timer = this.#deps.clock.setTimer(timeoutMs, () =>
        exchange.giveUp(`no answer within remote_timeout (${timeoutMs} ms)`),
      );
      this.#start(lane, exchange, version);
    });
  }

  /** Ends every request under way and closes all sockets. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  #start(lane: number, exchange: Exchange, version: WriteVersion): void {
    const refreshing = this.#transport.refresh();
    const send = (): void => {
      if (!exchange.isDone) exchange.send(this.#laneRequest(lane, version).firstHop());
    };
    if (refreshing === undefined) send();
    else refreshing.then(send).catch((error: unknown) => exchange.giveUp(messageOf(error)));
  }

  // Not a pool: it would open a second connection for a request that follows another at once.
  #laneRequest(lane: number, version: WriteVersion): KeptRequest {
    const lanes = this.#lanes[version];
    const headers = this.#headers[version];
    lanes[lane] ??= new KeptRequest(this.#transport, 'POST', this.#url.href, headers);
    return lanes[lane];
  }

  /**
   * Where an answer sends the samples: a redirect that would turn the POST into a GET (301 to 303)
   * stands as a refusal, for a GET that is answered 200 would pass for delivery.
   */
  #next(
    hop: Hop,
    status: number,
    location: string | string[] | undefined,
    version: WriteVersion,
  ): Hop | undefined {
    const next = this.#transport.redirect(hop, status, location, this.#headers[version]);
    return next?.step.method === 'POST' ? next : undefined;
  }
}

function retried(headers: RequestHeaders, attempt: number): RequestHeaders {
  return { ...headers, 'retry-attempt': String(attempt) };
}
