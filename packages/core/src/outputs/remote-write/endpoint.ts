import type { LookupFunction } from 'node:net';
import { type Dispatcher, Pool } from 'undici';
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

/** The receiver's end: one HTTP/1.1 connection pool to one URL. */
export class Endpoint {
  readonly #options: RemoteWriteOptions;
  readonly #clock: Clock;
  readonly #pool: Pool;
  readonly #path: string;
  readonly #headers: Record<string, string>;
  readonly #mask: (words: string) => string;

  constructor(
    options: RemoteWriteOptions,
    clock: Clock,
    userAgent: string,
    lookup: LookupFunction | undefined,
  ) {
    const url = new URL(options.url);
    this.#options = options;
    this.#clock = clock;
    this.#path = url.pathname + url.search;
    this.#headers = requestHeaders(options, userAgent);
    this.#mask = withoutSecrets(options);
    const keepAliveMs = options.queue.batchSendDeadlineMs + keepAliveSlackMs;
    this.#pool = new Pool(url.origin, {
      connections: options.queue.maxShards,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      // remoteTimeoutMs rules the whole request by our clock; a connect cannot be aborted.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: options.remoteTimeoutMs, ...(lookup && { lookup }) },
    });
  }

  /**
   * Sends `body`, which must not change until the promise resolves. Never rejects. `attempt` counts
   * from 0.
   */
  post(body: Uint8Array, attempt: number): Promise<PostResult> {
    const headers =
      attempt === 0 ? this.#headers : { ...this.#headers, 'Retry-Attempt': String(attempt) };
    return new Promise((resolve) => {
      const timeoutMs = this.#options.remoteTimeoutMs;
      const exchange = new Exchange(resolve, this.#mask);
      exchange.timer = this.#clock.setTimer(timeoutMs, () =>
        exchange.giveUp(`no answer within remote_timeout (${timeoutMs} ms)`),
      );
      try {
        this.#pool.dispatch({ path: this.#path, method: 'POST', headers, body }, exchange);
      } catch (error) {
        exchange.onResponseError(undefined, error);
      }
    });
  }

  /** Ends every request under way and closes all sockets. */
  close(): Promise<void> {
    return this.#pool.destroy();
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
