import { connect, type LookupFunction, type Socket } from 'node:net';
import type {
  AnswerController,
  AnswerHandler,
  AnswerHeaders,
  WireRequest,
} from './answer-handler.js';
import type { AnswerHead } from './answer-head.js';
import { AnswerReader, type AnswerReceiver } from './answer-reader.js';
import { ConnectionClosed } from './connection-closed.js';
import { headEnd, requestHead } from './request-text.js';

/** Bytes one read of a socket brings at most. */
const readBufferBytes = 64 * 1024;

export interface PlainClientOptions {
  readonly url: URL;
  readonly lookup: LookupFunction;
}

/**
 * What sockets read into. One buffer for all connections of a thread: a read and what is made of it
 * are one turn of the loop.
 */
let readBuffer: Buffer | undefined;

/**
 * A kept connection to one origin, without TLS, for one request at a time: what nearly every scrape
 * and remote_write is. Takes requests as undici's Client does and costs a third of it, because it
 * reads into a kept buffer, past Node's streams (docs/decisions/0009). Bench: scrape.
 */
export class PlainClient implements AnswerController, AnswerReceiver {
  readonly #options: PlainClientOptions;
  readonly #reader = new AnswerReader(this);
  #socket: Socket | undefined;
  #handler: AnswerHandler | undefined;
  /** What `#head` was made of: the headers of a target, or a lane, are the same object each time. */
  #last: Pick<WireRequest, 'method' | 'path' | 'headers'> | undefined;
  #head = '';
  /** All of the last request that had no body: written as it is, it is not put together anew. */
  #whole = '';
  #isClosing = false;
  /** Waits for the end of the request under way. */
  #ended: (() => void) | undefined;

  constructor(options: PlainClientOptions) {
    this.#options = options;
  }

  /** Sends a request; never two at a time. All that comes of it the handler is told. */
  dispatch(request: WireRequest, handler: AnswerHandler): boolean {
    if (this.#handler !== undefined) throw new Error('a request is under way on this connection');
    this.#handler = handler;
    handler.onRequestStart(this);
    if (this.#handler === handler) this.#send(request);
    return true;
  }

  abort(reason: Error): void {
    this.#fail(reason);
  }

  /** True once {@link close} or {@link destroy} was called. */
  get closed(): boolean {
    return this.#isClosing;
  }

  /** Lets the socket go when the request under way has ended, and resolves then. */
  close(): Promise<void> {
    this.#isClosing = true;
    if (this.#handler !== undefined) {
      return new Promise((resolve) => {
        this.#ended = resolve;
      });
    }
    this.#drop();
    return Promise.resolve();
  }

  /** Ends the request under way and lets the socket go. */
  async destroy(): Promise<void> {
    this.#isClosing = true;
    this.#fail(new Error('the client was closed'));
  }

  onHead(head: AnswerHead): void {
    this.#handler?.onResponseStart(this, head.status, headersOf(head));
  }

  onData(bytes: Buffer): void {
    this.#handler?.onResponseData(this, bytes);
  }

  #send(request: WireRequest): void {
    const { body } = request;
    const head = this.#headOf(request);
    this.#reader.begin();
    this.#socket ??= this.#connect();
    if (body === undefined) {
      if (this.#whole === '') this.#whole = head + headEnd(body);
      this.#socket.write(this.#whole, 'latin1');
      return;
    }
    this.#socket.cork();
    this.#socket.write(head + headEnd(body), 'latin1');
    this.#socket.write(body);
    this.#socket.uncork();
  }

  #headOf(request: WireRequest): string {
    const { method, path, headers } = request;
    const last = this.#last;
    if (last?.headers !== headers || last.path !== path || last.method !== method) {
      this.#head = requestHead(this.#options.url, request);
      this.#whole = '';
      // Not the request: it would keep its body alive.
      this.#last = { method, path, headers };
    }
    return this.#head;
  }

  #connect(): Socket {
    const { url, lookup } = this.#options;
    readBuffer ??= Buffer.allocUnsafeSlow(readBufferBytes);
    const buffer = readBuffer;
    const socket = connect({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || 80),
      lookup,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      onread: {
        buffer,
        callback: (length) => {
          if (socket === this.#socket) this.#onBytes(buffer.subarray(0, length));
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
    if (this.#handler === undefined) {
      this.#drop();
      return;
    }
    try {
      this.#reader.read(bytes);
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    if (this.#reader.isComplete) this.#succeed();
  }

  #onEnd(socket: Socket): void {
    if (socket !== this.#socket) return;
    if (this.#handler === undefined) this.#drop();
    else if (this.#reader.end()) this.#succeed();
  }

  #onClose(socket: Socket, error: Error | undefined): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    this.#fail(error ?? new ConnectionClosed(this.#reader.hasBegun));
  }

  #succeed(): void {
    const handler = this.#handler;
    // A handler that aborted has been told already.
    if (handler === undefined) return;
    this.#handler = undefined;
    if (this.#isClosing || !this.#reader.keepsAlive) this.#drop();
    handler.onResponseEnd();
    this.#ended?.();
  }

  #fail(error: Error): void {
    const handler = this.#handler;
    this.#handler = undefined;
    this.#drop();
    handler?.onResponseError(this, error);
    this.#ended?.();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }
}

function headersOf(head: AnswerHead): AnswerHeaders {
  return {
    'content-type': head.contentType,
    'content-encoding': head.contentEncoding,
    'content-length': head.contentLength?.toString(),
    location: head.location,
    'retry-after': head.retryAfter,
    'x-prometheus-remote-write-samples-written': head.samplesWritten,
    'x-prometheus-remote-write-histograms-written': head.histogramsWritten,
    'x-prometheus-remote-write-exemplars-written': head.exemplarsWritten,
  };
}
