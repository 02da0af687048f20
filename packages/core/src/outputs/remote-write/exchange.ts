import type { Dispatcher } from 'undici';
import type { ClockTimer } from '../../clock.js';
import { messageOf } from '../../errors.js';

/** How much of a refusal goes into the log. */
const wordsBytes = 512;
/** A longer answer is not worth reading to its end: the connection is given up instead. */
const longestAnswerBytes = 64 * 1024;

/** What came of one POST. */
export interface PostResult {
  /** 0 when there was no answer; then `words` say why. */
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The beginning of the answer's body, credentials masked. */
  readonly words: string;
}

/** One request and its answer, as undici reports them. */
export class Exchange implements Dispatcher.DispatchHandler {
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
