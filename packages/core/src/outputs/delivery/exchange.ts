import type { ClockTimer } from '../../clock.js';
import { messageOf } from '../../errors.js';
import { words } from '../../http-client/http-failure.js';
import type { Hop } from '../../http-client/http-transport.js';
import type { AnswerController, AnswerHandler } from '../../http-client/http1/answer-handler.js';
import type { RequestHeaders } from '../../http-client/request-secrets.js';

/** How much of a refusal goes into the log. */
const wordsBytes = 512;
const nothing = Buffer.alloc(0);
/** A longer answer is not worth reading to its end: the connection is given up instead. */
const longestAnswerBytes = 64 * 1024;

/** What came of one POST. */
export interface PostResult {
  /** 0 when there was no answer; then `words` say why. */
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** Samples and histograms that a receiver of 2.0 says it has written; undefined when it says nothing. */
  readonly written?: number | undefined;
  /** The beginning of the answer's body, credentials masked. */
  readonly words: string;
}

export interface ExchangeParts {
  /** Puts a hop on the wire, this exchange its handler. */
  dispatch(hop: Hop, exchange: Exchange): void;
  /** Where the answer to a hop leads. @throws HttpFailure `redirect` */
  next(hop: Hop, exchange: Exchange): Hop | undefined;
  /** Without what was sent in secret. */
  mask(words: string, sent: RequestHeaders): string;
  resolve(result: PostResult): void;
}

/** One POST, its redirects and its answer, as undici reports them. */
export class Exchange implements AnswerHandler {
  timer: ClockTimer | undefined;
  status = 0;
  location: string | string[] | undefined;
  isDone = false;
  /** Of the connection, when that ended it. */
  error: Error | undefined;
  readonly #parts: ExchangeParts;
  #hop: Hop | undefined;
  #controller: AnswerController | undefined;
  #retryAfter: string | undefined;
  #written: number | undefined;
  #answer = nothing;
  #answerBytes = 0;
  #failure: string | undefined;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  /** Never throws. */
  send(hop: Hop): void {
    this.#hop = hop;
    this.#controller = undefined;
    this.status = 0;
    this.#answer = nothing;
    this.#answerBytes = 0;
    try {
      this.#parts.dispatch(hop, this);
    } catch (error) {
      this.giveUp(messageOf(error));
    }
  }

  giveUp(why: string): void {
    this.#failure = why;
    this.#controller?.abort(new Error(why));
    this.#finish();
  }

  onRequestStart(controller: AnswerController): void {
    this.#controller = controller;
    // Given up while it waited for its connection: it must not reach the wire any more.
    if (this.isDone) controller.abort(new Error(this.#failure));
  }

  onResponseStart(
    _controller: AnswerController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.status = status;
    this.location = headers['location'];
    const retryAfter = headers['retry-after'];
    this.#retryAfter = Array.isArray(retryAfter) ? retryAfter[0] : retryAfter;
    this.#written = writtenOf(headers);
  }

  onResponseData(controller: AnswerController, chunk: Buffer): void {
    const room = wordsBytes - this.#answer.length;
    if (room > 0) this.#answer = Buffer.concat([this.#answer, chunk.subarray(0, room)]);
    this.#answerBytes += chunk.length;
    if (this.#answerBytes > longestAnswerBytes) controller.abort(new Error('answer too long'));
  }

  onResponseEnd(): void {
    this.#answered();
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.error = error;
    this.#failure ??= words(error);
    this.#answered();
  }

  /** An answer's status counts even when the rest of it never came. */
  #answered(): void {
    if (this.isDone) return;
    let next: Hop | undefined;
    try {
      if (this.status >= 300 && this.status < 400) next = this.#parts.next(this.#hop!, this);
    } catch (error) {
      this.status = 0;
      this.#failure = messageOf(error);
    }
    if (next === undefined) this.#finish();
    else this.send(next);
  }

  #finish(): void {
    if (this.isDone) return;
    this.isDone = true;
    this.timer?.cancel();
    const said = this.status > 0 ? this.#answer.toString().trim() : (this.#failure ?? 'no answer');
    this.#parts.resolve({
      status: this.status,
      retryAfter: this.#retryAfter,
      written: this.#written,
      words: said === '' ? '' : this.#parts.mask(said, this.#hop?.request.headers ?? {}),
    });
  }
}

/** Exemplars are no samples, but their header too tells that the receiver knows 2.0. */
function writtenOf(headers: Record<string, string | string[] | undefined>): number | undefined {
  const samples = countOf(headers['x-prometheus-remote-write-samples-written']);
  const histograms = countOf(headers['x-prometheus-remote-write-histograms-written']);
  const exemplars = countOf(headers['x-prometheus-remote-write-exemplars-written']);
  if (samples === undefined && histograms === undefined && exemplars === undefined)
    return undefined;
  return (samples ?? 0) + (histograms ?? 0);
}

function countOf(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
