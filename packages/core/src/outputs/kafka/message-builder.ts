import type { Fragment } from '../wire/fragment.js';
import { varintLength, writeVarint } from '../wire/varint.js';
import { frameHeadBytes, writeFrameHead } from './message-frame.js';
import { murmur2 } from './murmur2.js';
import type { ValuePrefix } from './value-encoder.js';
import { writeZigzag, zigzagLength } from './zigzag.js';

/** In front of a value: the frame's head, key, lengths, snappy's preamble. */
const roomInFront = 256;
const roomBehind = 1024;
const seqDigits = 20;

/** What all messages of a target share, as bytes of a Kafka record. */
export interface MessageHead {
  /** With its length. */
  readonly key: Uint8Array;
  readonly keyHash: number;
  /** With their count, up to the value of `seq`, which comes last. */
  readonly headers: Uint8Array;
}

export function messageHead(key: string, headers: Readonly<Record<string, string>>): MessageHead {
  const words = [...Object.entries(headers).flat(), 'seq'].map(withLength);
  const count = new Uint8Array(5);
  const countBytes = writeZigzag(count, 0, Object.keys(headers).length + 1);
  return {
    key: withLength(key),
    keyHash: murmur2(Buffer.from(key)),
    headers: Buffer.concat([count.subarray(0, countBytes), ...words]),
  };
}

function withLength(word: string): Uint8Array {
  const bytes = Buffer.from(word);
  const out = new Uint8Array(5 + bytes.length);
  const at = writeZigzag(out, 0, bytes.length);
  out.set(bytes, at);
  return out.subarray(0, at + bytes.length);
}

/**
 * Builds one message after the other: its value in pieces, then what stands around it. One instance
 * serves a thread; its buffer is overwritten by the next message.
 */
export class MessageBuilder implements Fragment {
  bytes: Uint8Array = new Uint8Array(0);
  uncompressedBytes = 0;
  samples = 0;
  highestTimestampMs = 0;
  readonly symbols = undefined;
  #buffer = new Uint8Array(64 * 1024);
  #view = new DataView(this.#buffer.buffer);
  #end = roomInFront;
  #uncompressedBytes = 0;

  get memoryBytes(): number {
    return this.#buffer.byteLength;
  }

  /** Of the value so far. */
  get valueBytes(): number {
    return this.#end - roomInFront;
  }

  begin(): void {
    this.#end = roomInFront;
    this.#uncompressedBytes = 0;
    this.samples = 0;
    this.highestTimestampMs = 0;
  }

  /** A piece of the value. */
  add(piece: Fragment): void {
    const { bytes } = piece;
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
    this.#uncompressedBytes += piece.uncompressedBytes;
    this.samples += piece.samples;
    if (piece.highestTimestampMs > this.highestTimestampMs) {
      this.highestTimestampMs = piece.highestTimestampMs;
    }
  }

  /** In front of all pieces. */
  prepend({ bytes, uncompressedBytes }: ValuePrefix): void {
    this.#reserve(bytes.length);
    this.#buffer.copyWithin(roomInFront + bytes.length, roomInFront, this.#end);
    this.#buffer.set(bytes, roomInFront);
    this.#end += bytes.length;
    this.#uncompressedBytes += uncompressedBytes;
  }

  /**
   * The message as a frame of the queue, which is this builder. `isSnappy`: the pieces are snappy elements
   * and get their preamble, the uncompressed length.
   */
  finish(head: MessageHead, seq: number, timestampMs: number, isSnappy: boolean): Fragment {
    const buffer = this.#buffer;
    let valueBytes = this.valueBytes;
    let at = roomInFront;
    if (isSnappy) {
      const preambleBytes = varintLength(this.#uncompressedBytes);
      at -= preambleBytes;
      valueBytes += preambleBytes;
      writeVarint(buffer, at, this.#uncompressedBytes);
    }
    const { key, keyHash } = head;
    at -= zigzagLength(valueBytes);
    writeZigzag(buffer, at, valueBytes);
    at -= key.length;
    buffer.set(key, at);
    const end = this.#writeHeaders(head, seq);
    const from = at - frameHeadBytes;
    writeFrameHead(this.#view, from, { keyHash, timestampMs, samples: this.samples }, end - at);
    this.bytes = this.#buffer.subarray(from, end);
    this.uncompressedBytes = this.bytes.length;
    return this;
  }

  #writeHeaders({ headers }: MessageHead, seq: number): number {
    this.#reserve(headers.length + roomBehind);
    const buffer = this.#buffer;
    buffer.set(headers, this.#end);
    const digits = String(seq);
    let at = writeZigzag(buffer, this.#end + headers.length, digits.length);
    for (let i = 0; i < digits.length; i++) buffer[at++] = digits.charCodeAt(i);
    return at;
  }

  #reserve(more: number): void {
    const needed = this.#end + more + seqDigits;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#end));
    this.#buffer = grown;
    this.#view = new DataView(grown.buffer);
  }
}
