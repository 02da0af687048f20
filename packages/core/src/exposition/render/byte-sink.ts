import { copyText, viewOf } from '../byte-blocks.js';
import type { Piece } from './piece.js';

/** A write to a socket costs the same for 100 bytes as for 64 KiB, which is also a TLS record's order. */
const chunkBytes = 65_536;
/** A chunk is not begun in less. */
const leastBytes = 16_384;
/** Of a length below 2^35. */
const longestLength = 5;

const none = Buffer.alloc(0);

/** Where buffers come from that are used again: each holds one chunk and what goes over its end. */
export interface BufferSource {
  readonly chunkBytes: number;
  readonly bufferBytes: number;
  take(): Buffer<ArrayBuffer>;
}

/**
 * A body as it grows: bytes go into the current chunk, chunks that are full are taken out while more is
 * written. Writers that know how much comes call {@link reserve} and write to `bytes` at `at` themselves.
 */
export class ByteSink {
  bytes: Buffer<ArrayBuffer>;
  view: DataView;
  /** Where the next byte goes. */
  at = 0;
  readonly #source: BufferSource | undefined;
  #chunks: Uint8Array[] = [];
  /** Of the open message: the chunk in which it begins, -1 when none is open, and where there. */
  #messageChunk = -1;
  #messageStart = 0;

  /** Without a source each buffer is a new one. */
  constructor(source?: BufferSource) {
    this.#source = source;
    this.bytes = source === undefined ? Buffer.allocUnsafeSlow(chunkBytes) : none;
    this.view = viewOf(this.bytes);
  }

  /** Begins anew in a buffer of the caller's; what is longer goes on in chunks of its own. */
  begin(buffer: Buffer<ArrayBuffer>): void {
    this.bytes = buffer;
    this.view = viewOf(buffer);
    this.at = 0;
    this.#chunks = [];
  }

  /** True when {@link takeAll} has at least one full chunk. */
  get full(): boolean {
    if (this.#messageChunk >= 0) return false;
    return this.#chunks.length > 0 || this.at >= (this.#source?.chunkBytes ?? chunkBytes);
  }

  /** Makes room for `length` bytes in one piece. */
  reserve(length: number): void {
    if (this.at + length > this.bytes.length) this.#next(length);
  }

  ascii(text: string): void {
    this.reserve(text.length);
    const { bytes } = this;
    let { at } = this;
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.at = at;
  }

  /** For what is longer than a name: comments. */
  text(text: string): void {
    // No unit of UTF-16 takes more than three bytes.
    this.reserve(text.length * 3);
    this.at += this.bytes.write(text, this.at);
  }

  piece(piece: Piece): void {
    const { length } = piece;
    this.reserve(length);
    copyText(piece.view, 0, this.view, this.at, length);
    this.at += length;
  }

  /** The bytes from here to {@link endMessage} get their length in front, as a varint. */
  beginMessage(): void {
    this.#messageChunk = this.#chunks.length;
    this.#messageStart = this.at;
  }

  endMessage(): void {
    const chunk = this.#messageChunk;
    this.#messageChunk = -1;
    const start = this.#messageStart;
    const isInChunk = this.#chunks.length === chunk;
    if (isInChunk && this.at + longestLength <= this.bytes.length) {
      const length = varint(this.at - start);
      this.bytes.copyWithin(start + length.length, start, this.at);
      this.bytes.set(length, start);
      this.at += length.length;
      return;
    }
    this.#closeChunk();
    const first = this.#chunks[chunk]!;
    let bytes = -start;
    for (let i = chunk; i < this.#chunks.length; i++) bytes += this.#chunks[i]!.length;
    // Two chunks of one buffer cannot each be given back.
    const before = Buffer.from(first.subarray(0, start));
    const parts = [before, varint(bytes), first.subarray(start)];
    this.#chunks.splice(chunk, 1, ...parts.filter(({ length }) => length > 0));
  }

  /** The full chunks; none while a message is open. */
  take(): Uint8Array[] {
    if (this.#messageChunk >= 0) return [];
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }

  /** All that is left. */
  takeAll(): Uint8Array[] {
    this.#closeChunk();
    return this.take();
  }

  #closeChunk(): void {
    if (this.at > 0) this.#next(0);
  }

  #next(length: number): void {
    if (this.at > 0) this.#chunks.push(this.bytes.subarray(0, this.at));
    this.bytes = this.#nextBuffer(length);
    this.view = viewOf(this.bytes);
    this.at = 0;
  }

  #nextBuffer(length: number): Buffer<ArrayBuffer> {
    const source = this.#source;
    if (source !== undefined) {
      // A body that is over needs none.
      if (length === 0) return none;
      return length <= source.bufferBytes ? source.take() : Buffer.allocUnsafeSlow(length);
    }
    const rest = this.bytes.length - this.at;
    // What is left of a chunk that was taken early serves on.
    if (rest >= leastBytes && rest >= length) return this.bytes.subarray(this.at);
    return Buffer.allocUnsafeSlow(Math.max(chunkBytes, length));
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
