import type { IncomingHttpHeaders } from 'node:http';
import { connectFailure, isDeadSocket, words } from '../../http-client/http-failure.js';
import type { Hop } from '../../http-client/http-transport.js';
import type { AnswerController, AnswerHandler } from '../../http-client/http1/answer-handler.js';
import type { GiveUp } from '../give-up.js';
import { ScrapeFailure } from '../scrape-failure.js';
import type { BodyBuffer } from './body-buffer.js';
import type { Deadlines, Pending } from './deadlines.js';

export interface HttpExchangeOptions {
  readonly hop: Hop;
  /** By the clock's monotonic time. */
  readonly deadlineMs: number;
  readonly timeoutMs: number;
  readonly deadlines: Deadlines;
  /** Where the body goes, as it comes over the wire. */
  readonly body: BodyBuffer;
  /** Bytes on the wire at most; 0: no limit but memory. */
  readonly limitBytes: number;
  /** A socket is left from the last exchange: when it turns out dead, another one is tried, once. */
  readonly keptSocket: boolean;
  /** Ends the exchange: the target or the thread goes away. */
  readonly giveUp: GiveUp;
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
}

/**
 * One GET without redirects. Resolves when the whole body is in `body`; the body of an answer other
 * than 200 is not read.
 * @throws ScrapeFailure
 */
export function httpExchange(options: HttpExchangeOptions): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => new Exchange(options, resolve, reject).start());
}

/** One request's handler; undici calls it through the DispatchHandler methods. */
class Exchange implements AnswerHandler, Pending {
  readonly #options: HttpExchangeOptions;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (failure: ScrapeFailure) => void;
  #mayRetry: boolean;
  #controller: AnswerController | undefined;
  #answer: HttpAnswer | undefined;
  #settled = false;

  constructor(
    options: HttpExchangeOptions,
    resolve: (answer: HttpAnswer) => void,
    reject: (failure: ScrapeFailure) => void,
  ) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#mayRetry = options.keptSocket;
  }

  get deadlineMs(): number {
    return this.#options.deadlineMs;
  }

  start(): void {
    const { deadlines, giveUp } = this.#options;
    if (giveUp.isGivenUp) {
      this.#onGiveUp();
      return;
    }
    deadlines.add(this);
    giveUp.listen(this.#onGiveUp);
    this.#send();
  }

  expire(): void {
    const { timeoutMs } = this.#options;
    this.#fail(new ScrapeFailure('timeout', `no complete answer within ${timeoutMs} ms`));
  }

  #send(): void {
    const { hop } = this.#options;
    try {
      hop.dispatcher.dispatch(hop.request, this);
    } catch (error) {
      this.#fail(noAnswer(error as Error));
    }
  }

  onRequestStart(controller: AnswerController): void {
    // undici may connect long after the scrape was given up.
    if (this.#settled) controller.abort(new Error('scrape ended'));
    else this.#controller = controller;
  }

  onResponseStart(
    controller: AnswerController,
    statusCode: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (this.#settled || statusCode < 200) return;
    this.#answer = { statusCode, headers };
    if (statusCode !== 200) {
      this.#succeed();
      controller.abort(new Error('body not wanted'));
      return;
    }
    const announced = Number(headers['content-length'] ?? 0);
    const { limitBytes } = this.#options;
    if (limitBytes > 0 && announced > limitBytes) this.#fail(bodyTooLarge());
  }

  onResponseData(_controller: AnswerController, chunk: Buffer): void {
    if (this.#settled) return;
    const { body, limitBytes } = this.#options;
    if (limitBytes > 0 && body.length + chunk.length > limitBytes) {
      this.#fail(bodyTooLarge());
    } else if (!body.append(chunk)) {
      this.#fail(outOfMemory(body.length));
    }
  }

  onResponseEnd(): void {
    if (!this.#settled) this.#succeed();
  }

  onResponseError(_controller: AnswerController, error: Error): void {
    if (this.#settled) return;
    if (this.#answer !== undefined) {
      this.#fail(halfAnswer(error, this.#options.body));
    } else if (this.#mayRetry && isDeadSocket(error)) {
      // One retry when a kept socket died before the answer's first byte (RFC 9112 section 9.3.1).
      this.#mayRetry = false;
      this.#send();
    } else {
      this.#fail(noAnswer(error));
    }
  }

  readonly #onGiveUp = (): void => {
    this.#fail(new ScrapeFailure('internal', 'the target was removed'));
  };

  #succeed(): void {
    this.#settle();
    this.#resolve(this.#answer!);
  }

  #fail(failure: ScrapeFailure): void {
    if (this.#settled) return;
    this.#settle();
    this.#reject(failure);
    this.#controller?.abort(failure);
  }

  #settle(): void {
    this.#settled = true;
    this.#options.deadlines.remove(this);
    this.#options.giveUp.unlisten();
  }
}

export function bodyTooLarge(): ScrapeFailure {
  return new ScrapeFailure(
    'body_size',
    'body size limit exceeded: the body is larger than body_size_limit of the job',
  );
}

export function outOfMemory(bodyBytes: number): ScrapeFailure {
  return new ScrapeFailure(
    'memory',
    `the body was refused after ${bodyBytes} bytes: agent.thread_memory is used up; raise it, or set body_size_limit for the job`,
  );
}

function noAnswer(error: Error): ScrapeFailure {
  return ScrapeFailure.from(connectFailure(error));
}

function halfAnswer(error: Error, body: BodyBuffer): ScrapeFailure {
  const { reason } = connectFailure(error);
  if (reason === 'malformed') return noAnswer(error);
  return new ScrapeFailure(
    'truncated',
    `the answer broke off after ${body.length} bytes: ${words(error)}`,
    error,
  );
}
