import type { Fragment, RequestSymbols } from '../../wire/fragment.js';
import { varintLength, writeVarint } from '../../wire/varint.js';
import type { Segment } from '../segment.js';
import { RecordList } from './record-list.js';

/** Room in front of the fragments for snappy's preamble, a varint of at most 32 bits. */
const preambleBytes = 5;
const smallestBufferBytes = 16 * 1024;

/** Room that a table of symbols may grow by while the request fills, without a copy. */
const symbolsSlackBytes = 1024;

/**
 * One write request in the making: fragments behind each other in one buffer, sent as they lie; of
 * remote write 2.0 with the table of symbols in front of them.
 */
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
  /** Of its samples, those that were sent already. */
  partlySent = 0;
  /** Where its fragments are on the disk; undefined without a durable queue. */
  records: RecordList | undefined;
  /** Undefined: remote write 1.0. */
  readonly symbols: RequestSymbols | undefined;
  #buffer: Uint8Array;
  /** Where the first fragment stands. */
  #from = preambleBytes;
  #end: number;

  constructor(
    place: { lane: number; sequence: number; generation: number; startedMs: number },
    buffer: Uint8Array | undefined,
    symbols?: RequestSymbols,
  ) {
    this.lane = place.lane;
    this.sequence = place.sequence;
    this.generation = place.generation;
    this.startedMs = place.startedMs;
    this.#buffer = buffer ?? new Uint8Array(smallestBufferBytes);
    this.symbols = symbols;
    if (symbols !== undefined) this.#from += symbols.compressed().bytes.length + symbolsSlackBytes;
    this.#end = this.#from;
  }

  /** Compressed bytes, without the preamble. */
  get bytes(): number {
    return this.#end - this.#from;
  }

  get allocatedBytes(): number {
    return this.#buffer.byteLength;
  }

  /** As they lie behind each other; a view, valid until the batch is settled. */
  get fragments(): Uint8Array {
    return this.#buffer.subarray(this.#from, this.#end);
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

  /** The fragment that was appended last is on the disk, too. */
  keep(segment: Segment, record: number, samples: number): void {
    this.records ??= new RecordList();
    this.records.add(segment, record, samples);
  }

  /** The request's body: a view, valid until the batch is settled. */
  body(): Uint8Array {
    const head = this.symbols?.compressed();
    const headBytes = head?.bytes.length ?? 0;
    if (preambleBytes + headBytes > this.#from) this.#moveTo(preambleBytes + headBytes);
    const uncompressedBytes = this.uncompressedBytes + (head?.uncompressedBytes ?? 0);
    const start = this.#from - headBytes - varintLength(uncompressedBytes);
    const at = writeVarint(this.#buffer, start, uncompressedBytes);
    if (head !== undefined) this.#buffer.set(head.bytes, at);
    return this.#buffer.subarray(start, this.#end);
  }

  /** Gives the buffer away, for the next batch to use. */
  releaseBuffer(): Uint8Array {
    return this.#buffer;
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    if (this.#end <= this.#buffer.length) grown.set(this.#buffer.subarray(0, this.#end));
    this.#buffer = grown;
  }

  /** The table has outgrown its room. */
  #moveTo(from: number): void {
    const { bytes } = this;
    const moved = new Uint8Array(from + bytes);
    moved.set(this.#buffer.subarray(this.#from, this.#end), from);
    this.#buffer = moved;
    this.#from = from;
    this.#end = from + bytes;
  }
}
