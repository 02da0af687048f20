import { malformed } from './answer-head.js';

// The framing of a body is bounded apart from the body: an extension or a trailer could go on for ever.
const mostFramingBytes = 16 * 1024;
const mostSizeDigits = 13;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

const inSize = 0;
const inExtension = 1;
const afterSize = 2;
const inData = 3;
const afterData = 4;
const afterDataReturn = 5;
const inTrailerStart = 6;
const inTrailer = 7;
const afterLastReturn = 8;
const atEnd = 9;

/** Undoes the chunked transfer coding, whatever pieces it comes in (RFC 9112 section 7.1). */
export class ChunkedBody {
  #state = inSize;
  #digits = 0;
  #left = 0;
  #framingBytes = 0;

  get isComplete(): boolean {
    return this.#state === atEnd;
  }

  begin(): void {
    this.#state = inSize;
    this.#digits = 0;
    this.#left = 0;
    this.#framingBytes = 0;
  }

  /**
   * Takes `bytes` from `from` on; returns where it stopped: at their end, or behind the body.
   * @throws HttpFailure `malformed`
   */
  read(bytes: Buffer, from: number, receiver: { onData(bytes: Buffer): void }): number {
    const to = bytes.length;
    let at = from;
    while (at < to && this.#state !== atEnd) {
      if (this.#state === inData) {
        const end = Math.min(to, at + this.#left);
        receiver.onData(bytes.subarray(at, end));
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#state = afterData;
      } else {
        this.#frame(bytes[at]!);
        at++;
      }
    }
    return at;
  }

  #frame(byte: number): void {
    // Not the sizes: exporters flush line by line, and a large body has chunks without number.
    if (this.#state === inExtension || this.#state >= inTrailerStart) {
      if (++this.#framingBytes > mostFramingBytes) {
        throw malformed(`over ${mostFramingBytes} bytes of chunk extensions and trailers`);
      }
    }
    switch (this.#state) {
      case inSize:
        this.#size(byte);
        return;
      case inExtension:
        if (byte === carriageReturn) this.#state = afterSize;
        return;
      case afterSize:
        expect(byte, lineFeed);
        this.#state = this.#left === 0 ? inTrailerStart : inData;
        return;
      case afterData:
        expect(byte, carriageReturn);
        this.#state = afterDataReturn;
        return;
      case afterDataReturn:
        expect(byte, lineFeed);
        this.#digits = 0;
        this.#state = inSize;
        return;
      default:
        this.#trailer(byte);
    }
  }

  #size(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      if (++this.#digits > mostSizeDigits) throw malformed('a chunk size that is too long');
      this.#left = this.#left * 16 + digit;
      return;
    }
    if (this.#digits === 0) throw malformed('a chunk without its size');
    if (byte === carriageReturn) this.#state = afterSize;
    else if (byte === 0x3b || byte === 0x20 || byte === 0x09) this.#state = inExtension;
    else throw malformed('a chunk size that is no number');
  }

  #trailer(byte: number): void {
    if (this.#state === afterLastReturn) {
      expect(byte, lineFeed);
      this.#state = atEnd;
    } else if (this.#state === inTrailerStart && byte === carriageReturn) {
      this.#state = afterLastReturn;
    } else {
      this.#state = byte === lineFeed ? inTrailerStart : inTrailer;
    }
  }
}

function expect(byte: number, wanted: number): void {
  if (byte !== wanted) throw malformed('a chunk that does not end where it said');
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
