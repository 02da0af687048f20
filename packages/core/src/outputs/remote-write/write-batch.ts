import type { Fragment } from './fragment.js';
import { varintLength, writeVarint } from './varint.js';

/** Room in front of the fragments for snappy's preamble, a varint of at most 32 bits. */
const preambleBytes = 5;
const smallestBufferBytes = 16 * 1024;

/** One write request in the making: fragments behind each other in one buffer, sent as they lie. */
export class WriteBatch {
  readonly lane: number;
  /** Ascending over all lanes: the smallest is the oldest. */
  readonly sequence: number;
  readonly generation: number;
  /** When its first sample came, monotonic. */
  readonly startedMs: number;
  samples = 0;
  uncompressedBytes = 0;
  highestTimestampMs = 0;
  #buffer: Uint8Array;
  #end = preambleBytes;

  constructor(
    place: { lane: number; sequence: number; generation: number; startedMs: number },
    buffer: Uint8Array | undefined,
  ) {
    this.lane = place.lane;
    this.sequence = place.sequence;
    this.generation = place.generation;
    this.startedMs = place.startedMs;
    this.#buffer = buffer ?? new Uint8Array(smallestBufferBytes);
  }

  /** Compressed bytes, without the preamble. */
  get bytes(): number {
    return this.#end - preambleBytes;
  }

  get allocatedBytes(): number {
    return this.#buffer.byteLength;
  }

  append(fragment: Fragment): void {
    const { bytes } = fragment;
    if (this.#end + bytes.length > this.#buffer.length) this.#grow(this.#end + bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
    this.samples += fragment.samples;
    this.uncompressedBytes += fragment.uncompressedBytes;
    if (fragment.highestTimestampMs > this.highestTimestampMs) {
      this.highestTimestampMs = fragment.highestTimestampMs;
    }
  }

  /** The request's body: a view, valid until the batch is settled. */
  body(): Uint8Array {
    const start = preambleBytes - varintLength(this.uncompressedBytes);
    writeVarint(this.#buffer, start, this.uncompressedBytes);
    return this.#buffer.subarray(start, this.#end);
  }

  /** Gives the buffer away, for the next batch to use. */
  releaseBuffer(): Uint8Array {
    return this.#buffer;
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#end));
    this.#buffer = grown;
  }
}
