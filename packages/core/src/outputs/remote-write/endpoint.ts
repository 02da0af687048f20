import type { LookupFunction, Socket } from 'node:net';
import { buildConnector, Client, type Dispatcher } from 'undici';
import type { Clock, ClockTimer } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { RemoteWriteOptions } from './remote-write-options.js';
import { requestHeaders, withoutSecrets } from './request-headers.js';

/** How much of a refusal goes into the log. */
const wordsBytes = 512;
/** A longer answer is not worth reading to its end: the connection is given up instead. */
const longestAnswerBytes = 64 * 1024;
/** Idle sockets outlive the longest wait between two sends by this much. */
const keepAliveSlackMs = 30_000;

/** What came of one POST. */
export interface PostResult {
  /** 0 when there was no answer; then `words` say why. */
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The beginning of the answer's body, credentials masked. */
  readonly words: string;
}

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

class Exchange implements Dispatcher.DispatchHandler {
  timer: ClockTimer | undefined;
  readonly #resolve: (result: PostResult) => void;
  readonly #mask: (words: string) => string;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #retryAfter: string | undefined;
  #answer = Buffer.alloc(0);
  #answerBytes = 0;
  #failure: string | undefined;
  #isDone = false;

  constructor(resolve: (result: PostResult) => void, mask: (words: string) => string) {
    this.#resolve = resolve;
    this.#mask = mask;
  }

  giveUp(why: string): void {
    this.#failure = why;
    this.#controller?.abort(new Error(why));
    this.#finish();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while it waited for its connection: it must not reach the wire any more.
    if (this.#isDone) controller.abort(new Error(this.#failure));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    const retryAfter = headers['retry-after'];
    this.#retryAfter = Array.isArray(retryAfter) ? retryAfter[0] : retryAfter;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const room = wordsBytes - this.#answer.length;
    if (room > 0) this.#answer = Buffer.concat([this.#answer, chunk.subarray(0, room)]);
    this.#answerBytes += chunk.length;
    if (this.#answerBytes > longestAnswerBytes) controller.abort(new Error('answer too long'));
  }

  onResponseEnd(): void {
    this.#finish();
  }

  onResponseError(_controller: unknown, error: unknown): void {
    this.#failure ??= messageOf(error);
    this.#finish();
  }

  /** An answer's status counts even when the rest of it never came. */
  #finish(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.timer?.cancel();
    const said = this.#status > 0 ? this.#answer.toString().trim() : (this.#failure ?? 'no answer');
    this.#resolve({
      status: this.#status,
      retryAfter: this.#retryAfter,
      words: this.#mask(said),
    });
  }
}
