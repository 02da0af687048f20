import type { IncomingHttpHeaders } from 'node:http';
import type { Clock, ClockTimer } from '../clock.js';
import { connectFailure, HttpFailure, isDeadSocket, words } from './http-failure.js';
import type { Hop, HttpTransport } from './http-transport.js';
import type { AnswerController, AnswerHandler } from './http1/answer-handler.js';
import type { RequestHeaders } from './request-secrets.js';

export interface HttpRequest {
  readonly url: string | URL;
  /** Default GET. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Names in lower case. */
  readonly headers?: RequestHeaders;
  readonly body?: Uint8Array;
  /** For the whole: connecting, redirects, a retry, the last byte of the body. */
  readonly timeoutMs: number;
  /** A longer answer fails with reason `body_size`. */
  readonly maxBodyBytes: number;
  readonly signal?: AbortSignal;
}

/** An answer of any status, complete. */
export interface HttpResponse {
  readonly status: number;
  /** The status line's words: `Not Found`. */
  readonly statusText: string;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Where the answer came from, after redirects. */
  readonly url: string;
}

/**
 * Sends a request through a transport and follows redirects as it is configured to.
 * @throws HttpFailure
 */
export async function sendRequest(
  transport: HttpTransport,
  clock: Clock,
  request: HttpRequest,
): Promise<HttpResponse> {
  const { timeoutMs, signal, headers = {}, method = 'GET', body } = request;
  const end = new Deadline(clock, timeoutMs, signal);
  try {
    await end.orFail(transport.refresh());
    let hop = transport.hop(new URL(request.url), method, headers);
    for (;;) {
      const sent = hop.step.method === method ? body : undefined;
      const response = await sendTwice(hop, sent, request.maxBodyBytes, end);
      const next = transport.redirect(hop, response.status, response.headers.location, headers);
      if (next === undefined) return response;
      hop = next;
    }
  } finally {
    end.clear();
  }
}

/** A kept socket may have died unseen: what changes nothing at the server is sent once more. */
async function sendTwice(
  hop: Hop,
  body: Uint8Array | undefined,
  maxBodyBytes: number,
  end: Deadline,
): Promise<HttpResponse> {
  try {
    return await send(hop, body, maxBodyBytes, end);
  } catch (error) {
    const isRead = hop.step.method === 'GET' || hop.step.method === 'HEAD';
    const failure = error as HttpFailure;
    if (!isRead || failure.reason !== 'connect' || !isDeadSocket(failure.cause)) throw error;
    return send(hop, body, maxBodyBytes, end);
  }
}

function send(
  hop: Hop,
  body: Uint8Array | undefined,
  maxBodyBytes: number,
  end: Deadline,
): Promise<HttpResponse> {
  const exchange = new Promise<HttpResponse>((resolve, reject) => {
    const handler = new WholeAnswer(hop, maxBodyBytes, resolve, reject);
    end.onFail = (failure) => handler.fail(failure);
    try {
      hop.dispatcher.dispatch(body === undefined ? hop.request : { ...hop.request, body }, handler);
    } catch (error) {
      handler.fail(connectFailure(error as Error));
    }
  });
  return end.orFail(exchange) as Promise<HttpResponse>;
}

/** When a request ends at the latest: by time or by the caller's signal. */
class Deadline {
  readonly #failed: Promise<never>;
  readonly #timer: ClockTimer;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  onFail: (failure: HttpFailure) => void = () => {};

  constructor(clock: Clock, timeoutMs: number, signal: AbortSignal | undefined) {
    let reject: (failure: HttpFailure) => void;
    this.#failed = new Promise((_resolve, fail) => {
      reject = fail;
    });
    this.#failed.catch(() => {});
    const fail = (failure: HttpFailure): void => {
      reject(failure);
      this.onFail(failure);
    };
    this.#timer = clock.setTimer(timeoutMs, () =>
      fail(new HttpFailure('timeout', `no complete answer within ${timeoutMs} ms`)),
    );
    this.#signal = signal;
    this.#onAbort = () => fail(new HttpFailure('aborted', 'the request was given up'));
    if (signal?.aborted) this.#onAbort();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  orFail<T>(work: Promise<T> | undefined): Promise<T> | undefined {
    return work && Promise.race([work, this.#failed]);
  }

  clear(): void {
    this.#timer.cancel();
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

class WholeAnswer implements AnswerHandler {
  readonly #hop: Hop;
  readonly #maxBodyBytes: number;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (failure: HttpFailure) => void;
  readonly #chunks: Buffer[] = [];
  #bodyBytes = 0;
  #status = 0;
  #statusText = '';
  #headers: IncomingHttpHeaders = {};
  #controller: AnswerController | undefined;
  #failure: HttpFailure | undefined;

  constructor(
    hop: Hop,
    maxBodyBytes: number,
    resolve: (response: HttpResponse) => void,
    reject: (failure: HttpFailure) => void,
  ) {
    this.#hop = hop;
    this.#maxBodyBytes = maxBodyBytes;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  fail(failure: HttpFailure): void {
    this.#failure ??= failure;
    this.#reject(failure);
    this.#controller?.abort(failure);
  }

  onRequestStart(controller: AnswerController): void {
    this.#controller = controller;
    // Given up while it waited for its connection.
    if (this.#failure !== undefined) controller.abort(this.#failure);
  }

  onResponseStart(
    _controller: AnswerController,
    status: number,
    headers: IncomingHttpHeaders,
    statusText?: string,
  ): void {
    if (status < 200) return;
    this.#status = status;
    this.#statusText = statusText ?? '';
    this.#headers = headers;
  }

  onResponseData(_controller: AnswerController, chunk: Buffer): void {
    this.#bodyBytes += chunk.length;
    if (this.#bodyBytes <= this.#maxBodyBytes) this.#chunks.push(Buffer.from(chunk));
    else {
      const most = this.#maxBodyBytes;
      this.fail(new HttpFailure('body_size', `the answer is larger than ${most} bytes`));
    }
  }

  onResponseEnd(): void {
    this.#resolve({
      status: this.#status,
      statusText: this.#statusText,
      headers: this.#headers,
      body: Buffer.concat(this.#chunks),
      url: this.#hop.step.url.href,
    });
  }

  onResponseError(_controller: AnswerController, error: Error): void {
    if (this.#status === 0) this.#reject(connectFailure(error));
    else {
      const message = `the answer broke off after ${this.#bodyBytes} bytes: ${words(error)}`;
      this.#reject(new HttpFailure('truncated', message, error));
    }
  }
}
