import { connect, type LookupFunction, type Socket } from 'node:net';
import { connectFailure, HttpFailure, isDeadSocket, words } from '../http-failure.js';
import type { AnswerHead } from './answer-head.js';
import { AnswerReader, type Wanted } from './answer-reader.js';
import type { BodySink } from './chunked-body.js';
import type { Deadlines, Pending } from './deadlines.js';

/** Bytes one read of a socket brings at most. */
export const readBufferBytes = 64 * 1024;

export interface PlainConnectionOptions {
  readonly hostname: string;
  readonly port: number;
  readonly lookup: LookupFunction;
  /** What sockets read into, {@link readBufferBytes} long: one serves all connections of a thread. */
  readonly readBuffer: Buffer;
  readonly deadlines: Deadlines;
}

export interface PlainRequest {
  /** Request line and headers, the empty line included, as latin1: see request-text.ts. */
  readonly text: string;
  /** Sent after the text, which announces its length; default: none. */
  readonly body?: Uint8Array;
  readonly wanted: Wanted;
  readonly sink: BodySink;
  /** Of the body as it comes over the wire; 0: what the sink takes. */
  readonly limitBytes: number;
  /** By the clock's monotonic time. */
  readonly deadlineMs: number;
  readonly timeoutMs: number;
}

/**
 * A kept connection to one origin, for one request at a time and no TLS: what nearly every scrape is.
 * It reads into a buffer that all connections share and keeps nothing per request but the promise,
 * which halves what a scrape costs beside a general HTTP client (docs/decisions/0008). Bench: scrape.
 */
export class PlainConnection implements Pending {
  readonly #options: PlainConnectionOptions;
  readonly #reader = new AnswerReader();
  #socket: Socket | undefined;
  /** The socket had an answer before: it may have died unseen. */
  #isKept = false;
  #request: PlainRequest | undefined;
  #resolve: ((head: AnswerHead) => void) | undefined;
  #reject: ((failure: HttpFailure) => void) | undefined;

  constructor(options: PlainConnectionOptions) {
    this.#options = options;
  }

  get deadlineMs(): number {
    return this.#request?.deadlineMs ?? Number.POSITIVE_INFINITY;
  }

  /**
   * One request, and its answer's head when all of the answer that is wanted has come. A kept socket
   * that dies before the answer's first byte is replaced once (RFC 9112 section 9.3.1), for a POST too:
   * only requests that may be repeated come here. Never two at a time.
   * @throws HttpFailure `connect`, `timeout`, `malformed`, `body_size`, `memory`, `truncated`, `aborted`
   */
  send(request: PlainRequest): Promise<AnswerHead> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#request = request;
      this.#options.deadlines.add(this);
      this.#send();
    });
  }

  expire(): void {
    const { timeoutMs } = this.#request!;
    this.#fail(new HttpFailure('timeout', `no complete answer within ${timeoutMs} ms`));
  }

  /** Ends the request under way and lets the socket go. */
  close(): void {
    if (this.#request === undefined) this.#drop();
    else this.#fail(new HttpFailure('aborted', 'the request was given up'));
  }

  #send(): void {
    const { sink, limitBytes, wanted, text, body } = this.#request!;
    this.#reader.begin(sink, limitBytes, wanted);
    this.#socket ??= this.#connect();
    if (body === undefined) {
      this.#socket.write(text, 'latin1');
    } else {
      this.#socket.cork();
      this.#socket.write(text, 'latin1');
      this.#socket.write(body);
      this.#socket.uncork();
    }
  }

  #connect(): Socket {
    const { hostname, port, lookup, readBuffer } = this.#options;
    const socket = connect({
      host: hostname,
      port,
      lookup,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      onread: {
        buffer: readBuffer,
        callback: (length) => {
          if (socket === this.#socket) this.#onBytes(readBuffer.subarray(0, length));
          return true;
        },
      },
    });
    let error: Error | undefined;
    socket.on('error', (one) => {
      error = one;
    });
    socket.on('end', () => this.#onEnd(socket));
    socket.on('close', () => this.#onClose(socket, error));
    // Neither an idle socket nor a scrape keeps the host alive, as no timer of the agent does.
    socket.unref();
    return socket;
  }

  #onBytes(bytes: Buffer): void {
    // What nobody asked for (RFC 9112 section 9.2): the next answer on this socket could be a lie.
    if (this.#request === undefined) {
      this.#drop();
      return;
    }
    try {
      this.#reader.read(bytes);
    } catch (error) {
      this.#fail(error as HttpFailure);
      return;
    }
    if (this.#reader.isComplete) this.#succeed();
  }

  #onEnd(socket: Socket): void {
    if (socket !== this.#socket) return;
    if (this.#request !== undefined && this.#reader.end()) this.#succeed();
    else if (this.#request === undefined) this.#drop();
  }

  #onClose(socket: Socket, error: Error | undefined): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    if (this.#request === undefined) return;
    if (this.#reader.hasBegun) {
      const why = error === undefined ? 'the connection was closed' : words(error);
      const bytes = this.#request.sink.length;
      this.#fail(
        new HttpFailure('truncated', `the answer broke off after ${bytes} bytes: ${why}`, error),
      );
    } else if (this.#isKept && (error === undefined || isDeadSocket(error))) {
      this.#isKept = false;
      this.#send();
    } else {
      const closed = new Error('the connection was closed before an answer');
      this.#fail(connectFailure(error ?? closed));
    }
  }

  #succeed(): void {
    const { head, keepsAlive } = this.#reader;
    const resolve = this.#resolve!;
    this.#settle();
    this.#isKept = keepsAlive;
    if (!keepsAlive) this.#drop();
    resolve(head!);
  }

  #fail(failure: HttpFailure): void {
    const { head } = this.#reader;
    const isAnswered = head !== undefined && this.#request!.wanted === 'status';
    const resolve = this.#resolve!;
    const reject = this.#reject!;
    this.#settle();
    this.#drop();
    if (isAnswered) resolve(head);
    else reject(failure);
  }

  #settle(): void {
    this.#options.deadlines.remove(this);
    this.#request = undefined;
    this.#resolve = undefined;
    this.#reject = undefined;
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#isKept = false;
    socket?.destroy();
  }
}
