import { copyBytes } from '../byte-blocks.js';
import type { Piece } from './piece.js';

/** A write to a socket costs the same for 100 bytes as for 64 KiB, which is also a TLS record's order. */
const chunkBytes = 65_536;

/**
 * A body as it grows: bytes go into the current chunk, chunks that are full are taken out while more is
 * written. Writers that know how much comes call {@link reserve} and write to `bytes` at `at` themselves.
 */
export class ByteSink {
  bytes: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(chunkBytes);
  view = new DataView(this.bytes.buffer);
  /** Where the next byte goes. */
  at = 0;
  #chunks: Uint8Array[] = [];
  #messageStart = -1;

  /** True when {@link take} has at least one full chunk. */
  get full(): boolean {
    return this.#messageStart < 0 && this.#chunks.length > 0;
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
    copyBytes(piece.view, 0, this.view, this.at, length);
    this.at += length;
  }

  /** The bytes from here to {@link endMessage} get their length in front, as a varint. */
  beginMessage(): void {
    this.#closeChunk();
    this.#messageStart = this.#chunks.length;
  }

  endMessage(): void {
    const start = this.#messageStart;
    this.#closeChunk();
    let length = 0;
    for (let i = start; i < this.#chunks.length; i++) length += this.#chunks[i]!.length;
    this.#chunks.splice(start, 0, varint(length));
    this.#messageStart = -1;
  }

  /** The full chunks; none while a message is open. */
  take(): Uint8Array[] {
    if (this.#messageStart >= 0) return [];
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
    const rest = this.bytes.length - this.at;
    // What a small message leaves of a chunk serves the next.
    if (this.at > 0 && length <= rest && rest >= chunkBytes / 16) {
      this.bytes = this.bytes.subarray(this.at);
    } else {
      this.bytes = Buffer.allocUnsafeSlow(Math.max(chunkBytes, length));
    }
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    this.at = 0;
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
