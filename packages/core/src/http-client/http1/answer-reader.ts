import { HttpFailure } from '../http-failure.js';
import { type AnswerHead, malformed, parseAnswerHead } from './answer-head.js';
import { type BodySink, ChunkedBody } from './chunked-body.js';

/** Bytes of status line and headers at most, interim answers included; undici and Node say 16 KiB, Go 1 MiB. */
export const mostHeadBytes = 32 * 1024;

const inHead = 0;
const inBody = 1;
const atEnd = 2;

/**
 * What a request is after. `body`: the body of a 200; of another answer the head is enough, and the
 * connection is given up with the rest. `status`: the sink gets as much of the body as the limit lets,
 * for its words; the answer stands whatever becomes of them.
 */
export type Wanted = 'body' | 'status';

/** Reads one HTTP/1 answer as it arrives (RFC 9112), in pieces of any size: the head, then the body. */
export class AnswerReader {
  /** Undefined until the empty line behind it has come. */
  head: AnswerHead | undefined;
  #state = inHead;
  /** What has come of a head whose end has not. */
  #early: Buffer | undefined;
  #hasBegun = false;
  /** Heads of interim answers so far. */
  #interimBytes = 0;
  #sink: BodySink | undefined;
  #limitBytes = 0;
  #wanted: Wanted = 'body';
  #bodyBytes = 0;
  /** Bytes of this connection were left unread: it cannot be used again. */
  #hasRest = false;
  readonly #chunked = new ChunkedBody();

  get isComplete(): boolean {
    return this.#state === atEnd;
  }

  /** False before the first byte of an answer. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** True when the connection may carry the next request. */
  get keepsAlive(): boolean {
    return this.head?.keepsAlive === true && !this.#hasRest;
  }

  /** @param limitBytes of the body as it comes over the wire; 0: what the sink takes */
  begin(sink: BodySink, limitBytes: number, wanted: Wanted = 'body'): void {
    this.head = undefined;
    this.#state = inHead;
    this.#early = undefined;
    this.#hasBegun = false;
    this.#interimBytes = 0;
    this.#sink = sink;
    this.#limitBytes = limitBytes;
    this.#wanted = wanted;
    this.#bodyBytes = 0;
    this.#hasRest = false;
  }

  /**
   * Takes the next bytes; they may change once it has returned.
   * @throws HttpFailure `malformed`, `body_size`, `memory`
   */
  read(bytes: Buffer): void {
    if (this.#state === inHead) this.#readFromHead(this.#withEarlier(bytes));
    else this.#readFromBody(bytes, 0);
  }

  /** The other side has closed: the end of a body that announced none, else a broken answer. */
  end(): boolean {
    const { head } = this;
    const untilClose = head !== undefined && !head.isChunked && head.contentLength === undefined;
    if (this.#state === inBody && untilClose) this.#state = atEnd;
    return this.#state === atEnd;
  }

  /** A head seldom comes in pieces; where it does they are put together. */
  #withEarlier(bytes: Buffer): Buffer {
    const early = this.#early;
    this.#early = undefined;
    return early === undefined ? bytes : Buffer.concat([early, bytes]);
  }

  #readFromHead(bytes: Buffer): void {
    let at = 0;
    this.#hasBegun ||= bytes.length > 0;
    while (this.#state === inHead) {
      const end = endOfHead(bytes, at);
      if (this.#interimBytes + (end < 0 ? bytes.length : end) - at > mostHeadBytes) {
        throw malformed(`over ${mostHeadBytes} bytes of headers`);
      }
      if (end < 0) {
        this.#early = Buffer.from(bytes.subarray(at));
        return;
      }
      this.#takeHead(parseAnswerHead(bytes, at, end));
      this.#interimBytes += end - at;
      at = end;
    }
    this.#readFromBody(bytes, at);
  }

  #takeHead(head: AnswerHead): void {
    if (head.status === 101) throw malformed('it switched protocols');
    // 100 Continue, 103 Early Hints: the real answer follows.
    if (head.status < 200) return;
    this.head = head;
    this.#state = inBody;
    const length = head.contentLength;
    if (length === 0) this.#state = atEnd;
    else if (this.#wanted === 'body' && head.status !== 200) this.#giveUpRest();
    else if (head.isChunked) this.#chunked.begin();
    else if (length !== undefined && this.#limitBytes > 0 && length > this.#limitBytes) {
      this.#tooLarge();
    }
  }

  #giveUpRest(): void {
    this.#state = atEnd;
    this.#hasRest = true;
  }

  #tooLarge(): void {
    if (this.#wanted === 'status') this.#giveUpRest();
    else throw new HttpFailure('body_size', `the body is larger than ${this.#limitBytes} bytes`);
  }

  #readFromBody(bytes: Buffer, from: number): void {
    if (this.#state === atEnd) {
      this.#hasRest ||= from < bytes.length;
      return;
    }
    const length = this.head!.contentLength;
    let end = bytes.length;
    if (this.head!.isChunked) {
      end = this.#chunked.read(bytes, from, bytes.length, this.#append);
      if (this.#chunked.isComplete) this.#state = atEnd;
    } else {
      if (length !== undefined) end = Math.min(end, from + length - this.#bodyBytes);
      if (end > from) this.#append(bytes.subarray(from, end));
      if (this.#bodyBytes === length) this.#state = atEnd;
    }
    this.#hasRest = end < bytes.length;
  }

  readonly #append = (data: Uint8Array): void => {
    this.#bodyBytes += data.length;
    if (this.#limitBytes > 0 && this.#bodyBytes > this.#limitBytes) this.#tooLarge();
    else if (!this.#sink!.append(data)) {
      throw new HttpFailure('memory', `no room for more than ${this.#sink!.length} bytes of body`);
    }
  };
}

/** Behind the empty line that ends a head, -1 when it has not come. */
function endOfHead(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0x0a, from); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at + 1] === 0x0a) return at + 2;
    if (bytes[at + 1] === 0x0d && bytes[at + 2] === 0x0a) return at + 3;
  }
  return -1;
}
