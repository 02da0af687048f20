import { closeSync, openSync, readSync } from 'node:fs';
import { findRecord, StoredRecord } from './record.js';
import type { Segment } from './segment.js';
import { segmentHeadBytes } from './segment-head.js';
import { ReadPrefixes } from './segment-prefixes.js';
import type { SegmentWriter } from './segment-writer.js';

/** A record that was read, with its place. */
export class LoadedRecord extends StoredRecord {
  segment: Segment | undefined;
  /** In its segment. */
  index = 0;
}

/** Reads the unread records of one segment at a time, whole segments into one buffer. */
export class SegmentReader {
  readonly #record = new LoadedRecord();
  readonly #prefixes = new ReadPrefixes();
  #buffer: Buffer = Buffer.alloc(0);
  #segment: Segment | undefined;
  /** The part of the segment that is in the buffer. */
  #from = 0;
  #data: Buffer = this.#buffer;
  #at = 0;

  get memoryBytes(): number {
    return this.#buffer.length;
  }

  /**
   * The segment's next unread record, in the order they were appended; undefined at its end.
   * `writer`: of a segment that is not all in its file. Throws what the file system says.
   */
  next(segment: Segment, writer: SegmentWriter | undefined): LoadedRecord | undefined {
    const record = this.#record;
    // Evicted records are read again from the start; appended ones are not in the buffer yet.
    const isElsewhere = segment !== this.#segment || segment.readAt !== this.#from + this.#at;
    if (isElsewhere || this.#at >= this.#data.length) this.#open(segment, writer);
    while (findRecord(this.#data, this.#at, segment.marker, record)) {
      this.#at = record.end;
      segment.readAt = this.#from + this.#at;
      const index = record.sequence - segment.first;
      if (index < 0 || index >= segment.records || !segment.isUnread(index)) continue;
      const all = () => readFrom(segment, writer, segmentHeadBytes, Buffer.alloc(0));
      if (!this.#prefixes.complete(record, segment.marker, all)) continue;
      record.index = index;
      record.segment = segment;
      return record;
    }
    this.#at = this.#data.length;
    segment.readAt = this.#from + this.#at;
    return undefined;
  }

  /** Frees the buffer; what was read stays read. */
  rest(): void {
    this.#buffer = Buffer.alloc(0);
    this.#data = this.#buffer;
    this.#segment = undefined;
    this.#prefixes.clear();
  }

  #open(segment: Segment, writer: SegmentWriter | undefined): void {
    if (segment !== this.#segment) this.#prefixes.clear();
    this.#segment = undefined;
    const from = segment.readAt;
    this.#data = readFrom(segment, writer, from, this.#buffer);
    if (this.#data.buffer !== this.#buffer.buffer) this.#buffer = this.#data;
    this.#from = from;
    this.#at = 0;
    this.#segment = segment;
  }
}

/** A segment's bytes from `from` on, in `buffer` where it is large enough. */
function readFrom(
  segment: Segment,
  writer: SegmentWriter | undefined,
  from: number,
  buffer: Buffer,
): Buffer {
  const inFile = (writer?.writtenBytes ?? segment.bytes) - from;
  const unwritten = writer?.unwrittenFrom(from);
  const length = Math.max(0, inFile) + (unwritten?.length ?? 0);
  const into = buffer.length < length ? Buffer.allocUnsafe(length) : buffer;
  const read = inFile > 0 ? readFully(segment.dataFile, into, inFile, from) : 0;
  unwritten?.copy(into, read);
  return into.subarray(0, read + (unwritten?.length ?? 0));
}

/** A file that has become shorter gives what it has. */
function readFully(file: string, into: Buffer, length: number, from: number): number {
  const fd = openSync(file, 'r');
  try {
    let done = 0;
    while (done < length) {
      const got = readSync(fd, into, done, length - done, from + done);
      if (got === 0) break;
      done += got;
    }
    return done;
  } finally {
    closeSync(fd);
  }
}
