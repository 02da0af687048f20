import type { Fragment } from '../wire/fragment.js';
import { varintLength, writeVarint } from '../wire/varint.js';
import { frameHeadBytes, writeFrameHead } from './message-frame.js';
import type { ValuePrefix } from './value-encoder.js';
import { writeZigzag } from './zigzag.js';

/** In front of a value: the frame's head, key, lengths, snappy's preamble. */
const roomInFront = 256;
const roomBehind = 1024;
const seqDigits = 20;

/** What all messages of a target share. */
export interface MessageHead {
  readonly key: Uint8Array;
  readonly keyHash: number;
  /** Encoded, without `seq`, which comes last. */
  readonly headers: Uint8Array;
  readonly headerCount: number;
}

/** The headers of a message as bytes of a Kafka record, without their count. */
export function encodeHeaders(headers: Readonly<Record<string, string>>): Uint8Array {
  const parts = Object.entries(headers).flatMap((pair) =>
    pair.map((word) => {
      const bytes = Buffer.from(word);
      const out = new Uint8Array(5 + bytes.length);
      const at = writeZigzag(out, 0, bytes.length);
      out.set(bytes, at);
      return out.subarray(0, at + bytes.length);
    }),
  );
  return Buffer.concat(parts);
}

const seqName = encodeHeaders({ seq: '' }).subarray(0, -1);

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
    const lengths = new Uint8Array(10);
    const keyHeadBytes = writeZigzag(lengths, 0, key.length);
    const valueHeadBytes = writeZigzag(lengths, keyHeadBytes, valueBytes) - keyHeadBytes;
    at -= valueHeadBytes;
    buffer.set(lengths.subarray(keyHeadBytes, keyHeadBytes + valueHeadBytes), at);
    at -= key.length;
    buffer.set(key, at);
    at -= keyHeadBytes;
    buffer.set(lengths.subarray(0, keyHeadBytes), at);
    const end = this.#writeHeaders(head, seq);
    const from = at - frameHeadBytes;
    writeFrameHead(this.#view, from, { keyHash, timestampMs, samples: this.samples }, end - at);
    this.bytes = this.#buffer.subarray(from, end);
    this.uncompressedBytes = this.bytes.length;
    return this;
  }

  #writeHeaders({ headers, headerCount }: MessageHead, seq: number): number {
    this.#reserve(headers.length + roomBehind);
    const buffer = this.#buffer;
    let at = writeZigzag(buffer, this.#end, headerCount + 1);
    buffer.set(headers, at);
    at += headers.length;
    buffer.set(seqName, at);
    at += seqName.length;
    const digits = String(seq);
    at = writeZigzag(buffer, at, digits.length);
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
