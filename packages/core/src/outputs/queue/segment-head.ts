import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { readRecord, recordHeadBytes, StoredRecord } from './record.js';

/** Of a segment: magic, version, marker, CRC32 of these; little endian. */
export const segmentHeadBytes = 16;
const magic = 0x51415250; // PRAQ
const version = 2;
/** In those of 1 each record holds its prefix. */
const versions: ReadonlySet<number> = new Set([1, version]);

/** A marker that no body holds by design: its records must not be forged by a label's value. */
export function newMarker(): number {
  return randomBytes(4).readUInt32LE();
}

export function writeSegmentHead(buffer: Buffer, marker: number): void {
  buffer.writeUInt32LE(magic, 0);
  buffer.writeUInt32LE(version, 4);
  buffer.writeUInt32LE(marker, 8);
  buffer.writeUInt32LE(crc32(buffer.subarray(0, 12)), 12);
}

/** The segment's marker; undefined when it cannot be read: not ours, or of a newer version. */
export function readMarker(segment: Buffer): number | undefined {
  if (segment.length < segmentHeadBytes + recordHeadBytes) return undefined;
  const isSound = crc32(segment.subarray(0, 12)) === segment.readUInt32LE(12);
  if (isSound && segment.readUInt32LE(0) === magic && versions.has(segment.readUInt32LE(4))) {
    return segment.readUInt32LE(8);
  }
  if (isSound) return undefined;
  // A damaged head costs nothing where the first record is whole.
  const marker = segment.readUInt32LE(segmentHeadBytes);
  const isRecord = readRecord(segment, segmentHeadBytes, marker, new StoredRecord());
  return isRecord ? marker : undefined;
}
