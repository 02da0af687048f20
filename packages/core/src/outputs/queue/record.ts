import { crc32 } from 'node:zlib';

/**
 * A record of a segment, little endian:
 *
 * | at | | |
 * |---|---|---|
 * | 0 | u32 | marker of the segment, by which a reader finds the next record behind a damaged one |
 * | 4 | u32 | CRC32 of all that follows |
 * | 8 | u32 | bytes of prefix and payload |
 * | 12 | u32 | hash of the target |
 * | 16 | f64 | sequence |
 * | 24 | f64 | highest timestamp, Unix ms |
 * | 32 | f64 | when it was appended, Unix ms |
 * | 40 | u32 | samples |
 * | 44 | u32 | samples of the segment before this record |
 * | 48 | u32 | uncompressed bytes of the payload |
 * | 52 | u32 | bytes of the prefix (remote write 2.0: the symbols), which precedes the payload; 0 with version 2: it stands in another record of the segment |
 * | 56 | u32 | uncompressed bytes of the prefix; its CRC32 where it stands in another record |
 * | 60 | u32 | message version: 1 or 2 |
 */
export const recordHeadBytes = 64;
const coveredFrom = 8;

/** What a queue keeps of a fragment of a request. */
export interface QueuedFragment {
  readonly bytes: Uint8Array;
  readonly uncompressedBytes: number;
  readonly samples: number;
  readonly highestTimestampMs: number;
}

/** What stands in front of the fragments of a request and must stay with them. */
export interface FragmentPrefix {
  readonly bytes: Uint8Array;
  readonly uncompressedBytes: number;
}

/** A record as read; reused from one to the next. */
export class StoredRecord implements QueuedFragment {
  bytes: Uint8Array = new Uint8Array(0);
  prefix: Uint8Array = new Uint8Array(0);
  sequence = 0;
  targetHash = 0;
  samples = 0;
  samplesBefore = 0;
  uncompressedBytes = 0;
  prefixUncompressedBytes = 0;
  highestTimestampMs = 0;
  appendedMs = 0;
  version = 1;
  /** Where it ends in the buffer it was read from. */
  end = 0;
}

export interface RecordPlace {
  readonly marker: number;
  readonly sequence: number;
  readonly targetHash: number;
  readonly samplesBefore: number;
  readonly appendedMs: number;
}

export function recordBytes(fragment: QueuedFragment, prefix: FragmentPrefix | undefined): number {
  return recordHeadBytes + fragment.bytes.length + (prefix?.bytes.length ?? 0);
}

/** Writes a record; `buffer` has room for {@link recordBytes}. */
export function writeRecord(
  buffer: Buffer,
  at: number,
  place: RecordPlace,
  fragment: QueuedFragment,
  prefix: FragmentPrefix | undefined,
): void {
  const prefixBytes = prefix?.bytes.length ?? 0;
  const bodyAt = at + recordHeadBytes;
  const end = bodyAt + prefixBytes + fragment.bytes.length;
  buffer.writeUInt32LE(place.marker, at);
  buffer.writeUInt32LE(end - bodyAt, at + 8);
  buffer.writeUInt32LE(place.targetHash, at + 12);
  buffer.writeDoubleLE(place.sequence, at + 16);
  buffer.writeDoubleLE(fragment.highestTimestampMs, at + 24);
  buffer.writeDoubleLE(place.appendedMs, at + 32);
  buffer.writeUInt32LE(fragment.samples, at + 40);
  buffer.writeUInt32LE(place.samplesBefore, at + 44);
  buffer.writeUInt32LE(fragment.uncompressedBytes, at + 48);
  buffer.writeUInt32LE(prefixBytes, at + 52);
  buffer.writeUInt32LE(prefix?.uncompressedBytes ?? 0, at + 56);
  buffer.writeUInt32LE(prefix === undefined ? 1 : 2, at + 60);
  if (prefix !== undefined) buffer.set(prefix.bytes, bodyAt);
  buffer.set(fragment.bytes, bodyAt + prefixBytes);
  buffer.writeUInt32LE(crc32(buffer.subarray(at + coveredFrom, end)), at + 4);
}

/**
 * Reads the record at `at` into `into`; its arrays are views. False when there is no whole and sound
 * record.
 */
export function readRecord(
  buffer: Buffer,
  at: number,
  marker: number,
  into: StoredRecord,
): boolean {
  const bodyAt = at + recordHeadBytes;
  if (bodyAt > buffer.length || buffer.readUInt32LE(at) !== marker) return false;
  const length = buffer.readUInt32LE(at + 8);
  const prefixBytes = buffer.readUInt32LE(at + 52);
  const end = bodyAt + length;
  if (end > buffer.length || prefixBytes > length) return false;
  if (crc32(buffer.subarray(at + coveredFrom, end)) !== buffer.readUInt32LE(at + 4)) return false;
  into.targetHash = buffer.readUInt32LE(at + 12);
  into.sequence = buffer.readDoubleLE(at + 16);
  into.highestTimestampMs = buffer.readDoubleLE(at + 24);
  into.appendedMs = buffer.readDoubleLE(at + 32);
  into.samples = buffer.readUInt32LE(at + 40);
  into.samplesBefore = buffer.readUInt32LE(at + 44);
  into.uncompressedBytes = buffer.readUInt32LE(at + 48);
  into.prefixUncompressedBytes = buffer.readUInt32LE(at + 56);
  into.version = buffer.readUInt32LE(at + 60);
  into.prefix = buffer.subarray(bodyAt, bodyAt + prefixBytes);
  into.bytes = buffer.subarray(bodyAt + prefixBytes, end);
  into.end = end;
  return true;
}

/**
 * The next sound record at or behind `at`: what is damaged in between is stepped over, to the next
 * marker that begins a record. False when there is none.
 */
export function findRecord(
  buffer: Buffer,
  at: number,
  marker: number,
  into: StoredRecord,
): boolean {
  if (readRecord(buffer, at, marker, into)) return true;
  const pattern = Buffer.alloc(4);
  pattern.writeUInt32LE(marker);
  for (let next = buffer.indexOf(pattern, at + 1); next >= 0; ) {
    if (readRecord(buffer, next, marker, into)) return true;
    next = buffer.indexOf(pattern, next + 1);
  }
  return false;
}
