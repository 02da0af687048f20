import { messageOf } from '../../../errors.js';
import { createTransport } from '../../../http-client/create-transport.js';
import { words } from '../../../http-client/http-failure.js';
import type { HttpClientDeps, HttpTransport } from '../../../http-client/http-transport.js';
import type { AnswerController, AnswerHandler } from '../../../http-client/http1/answer-handler.js';
import type { PushgatewayWriteOptions } from '../pushgateway-options.js';

const keepAliveMs = 10_000;

/** What came of a GET: 0 and words when there was no complete answer. */
export interface ReadResult {
  readonly status: number;
  readonly words: string;
}

/** Reads what a gateway says of itself and its groups, a piece at a time: it may be many megabytes. */
export class GatewayReader {
  readonly #options: Pick<PushgatewayWriteOptions, 'url' | 'timeoutMs'>;
  readonly #deps: HttpClientDeps;
  readonly #transport: HttpTransport;

  constructor(
    options: Pick<PushgatewayWriteOptions, 'url' | 'timeoutMs' | 'http'>,
    deps: HttpClientDeps,
  ) {
    this.#options = options;
    this.#deps = deps;
    const limits = { keepAliveMs, connectTimeoutMs: options.timeoutMs };
    this.#transport = createTransport(options.http, deps, limits);
  }

  /** Never rejects. `take` gets the pieces of an answer with status 200, each its own until it returns. */
  async read(path: string, accept: string, take: (piece: Buffer) => void): Promise<ReadResult> {
    try {
      await this.#transport.refresh();
      return await this.#get(new URL(this.#options.url + path), accept, take);
    } catch (error) {
      return { status: 0, words: messageOf(error) };
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async #get(url: URL, accept: string, take: (piece: Buffer) => void): Promise<ReadResult> {
    const { clock, userAgent } = this.#deps;
    const { timeoutMs } = this.#options;
    const transport = this.#transport;
    const client = transport.keptClient(url, undefined);
    const headers = { accept, 'user-agent': userAgent };
    const { dispatcher, request } = transport.hop(url, 'GET', headers, client);
    try {
      return await new Promise<ReadResult>((resolve) => {
        const answer = new Answer(take, resolve);
        const timer = clock.setTimer(timeoutMs, () =>
          answer.giveUp(new Error(`no answer within ${timeoutMs} ms`)),
        );
        answer.done = () => timer.cancel();
        dispatcher.dispatch(request, answer);
      });
    } finally {
      transport.release(client);
    }
  }
}

class Answer implements AnswerHandler {
  done: () => void = () => {};
  readonly #take: (piece: Buffer) => void;
  readonly #resolve: (result: ReadResult) => void;
  #controller: AnswerController | undefined;
  #status = 0;

  constructor(take: (piece: Buffer) => void, resolve: (result: ReadResult) => void) {
    this.#take = take;
    this.#resolve = resolve;
  }

  giveUp(error: Error): void {
    this.#end({ status: 0, words: error.message });
    this.#controller?.abort(error);
  }

  onRequestStart(controller: AnswerController): void {
    this.#controller = controller;
  }

  onResponseStart(_controller: AnswerController, status: number): void {
    if (status >= 200) this.#status = status;
  }

  onResponseData(_controller: AnswerController, piece: Buffer): void {
    if (this.#status === 200) this.#take(piece);
  }

  onResponseEnd(): void {
    this.#end({ status: this.#status, words: '' });
  }

  onResponseError(_controller: AnswerController, error: Error): void {
    this.#end({ status: 0, words: words(error) });
  }

  #end(result: ReadResult): void {
    this.done();
    this.#resolve(result);
  }
}
