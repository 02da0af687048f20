import type { KeptClient } from './connections.js';
import type { Hop, HttpTransport } from './http-transport.js';
import { requestUrl } from './request-url.js';

/**
 * A request that is made again and again, one at a time: a target's GET, a lane's POST. Its first hop
 * is built once and kept until credentials or TLS material change. Holds one socket of its own.
 */
export class KeptRequest {
  readonly transport: HttpTransport;
  readonly headers: Readonly<Record<string, string>>;
  #url: URL | undefined;
  readonly #urlText: string;
  readonly #method: string;
  readonly #closed: () => void;
  #client: KeptClient | undefined;
  #hop: Hop | undefined;
  #generation = -1;
  #isClosed = false;

  /**
   * @param url of a target it may be none: that is for each request to say
   * @param closed told once, when the request lets its transport go
   */
  constructor(
    transport: HttpTransport,
    method: 'GET' | 'POST',
    url: string,
    headers: Readonly<Record<string, string>>,
    closed: () => void = () => {},
  ) {
    this.transport = transport;
    this.headers = headers;
    this.#method = method;
    this.#urlText = url;
    this.#closed = closed;
  }

  /**
   * After the transport's refresh().
   * @throws HttpFailure `malformed`
   */
  firstHop(): Hop {
    const { generation } = this.transport;
    if (this.#hop !== undefined && generation === this.#generation) return this.#hop;
    this.#url ??= requestUrl(this.#urlText);
    const before = this.#client;
    this.#client = this.transport.keptClient(this.#url, before);
    if (before !== undefined && before !== this.#client) this.transport.release(before);
    this.#generation = generation;
    this.#hop = this.transport.hop(this.#url, this.#method, this.headers, this.#client);
    return this.#hop;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#client !== undefined) this.transport.release(this.#client);
    this.#client = undefined;
    this.#hop = undefined;
    this.#closed();
  }
}
