import { type AnswerHead, malformed, parseAnswerHead } from './answer-head.js';
import { ChunkedBody } from './chunked-body.js';

/** Bytes of status line and headers at most, interim answers included; undici and Node say 16 KiB. */
export const mostHeadBytes = 32 * 1024;

/** Told of an answer as it comes. */
export interface AnswerReceiver {
  onHead(head: AnswerHead): void;
  /** The bytes may change once it has returned. */
  onData(bytes: Buffer): void;
}

const inHead = 0;
const inBody = 1;
const atEnd = 2;

/** Reads one HTTP/1 answer as it arrives (RFC 9112), in pieces of any size: the head, then the body. */
export class AnswerReader {
  readonly #receiver: AnswerReceiver;
  readonly #chunked = new ChunkedBody();
  #head: AnswerHead | undefined;
  #state = inHead;
  /** What has come of a head whose end has not. */
  #early: Buffer | undefined;
  #hasBegun = false;
  /** Heads of interim answers so far. */
  #interimBytes = 0;
  #bodyBytes = 0;
  /** More came than the answer: the connection cannot be trusted any more. */
  #hasRest = false;

  constructor(receiver: AnswerReceiver) {
    this.#receiver = receiver;
  }

  get isComplete(): boolean {
    return this.#state === atEnd;
  }

  /** False before the first byte of an answer. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** True when the connection may carry the next request, once the answer is complete. */
  get keepsAlive(): boolean {
    return this.#head?.keepsAlive === true && !this.#hasRest;
  }

  begin(): void {
    this.#head = undefined;
    this.#state = inHead;
    this.#early = undefined;
    this.#hasBegun = false;
    this.#interimBytes = 0;
    this.#bodyBytes = 0;
    this.#hasRest = false;
  }

  /**
   * Takes the next bytes; they may change once it has returned.
   * @throws HttpFailure `malformed`
   */
  read(bytes: Buffer): void {
    if (this.#state === inHead) this.#readFromHead(this.#withEarlier(bytes));
    else this.#readFromBody(bytes, 0);
  }

  /** The other side has closed. True when that was the end of the answer: its body announced none. */
  end(): boolean {
    const head = this.#head;
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
    this.#head = head;
    this.#state = head.contentLength === 0 ? atEnd : inBody;
    if (head.isChunked) this.#chunked.begin();
    this.#receiver.onHead(head);
  }

  #readFromBody(bytes: Buffer, from: number): void {
    if (this.#state === atEnd) {
      this.#hasRest ||= from < bytes.length;
      return;
    }
    const head = this.#head!;
    let end = bytes.length;
    if (head.isChunked) {
      end = this.#chunked.read(bytes, from, this.#receiver);
      if (this.#chunked.isComplete) this.#state = atEnd;
    } else {
      const left = (head.contentLength ?? Number.POSITIVE_INFINITY) - this.#bodyBytes;
      end = Math.min(end, from + left);
      this.#bodyBytes += end - from;
      if (end > from) this.#receiver.onData(bytes.subarray(from, end));
      if (this.#bodyBytes === head.contentLength) this.#state = atEnd;
    }
    this.#hasRest = end < bytes.length;
  }
}

/** Behind the empty line that ends a head, -1 when it has not come. */
function endOfHead(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0x0a, from); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at + 1] === 0x0a) return at + 2;
    if (bytes[at + 1] === 0x0d && bytes[at + 2] === 0x0a) return at + 3;
  }
  return -1;
}
