/**
 * A message in the queue, little endian: a head, then the end of a Kafka record (key, value, headers)
 * as it stands on the wire, for only what precedes that depends on the batch it leaves in.
 *
 * | at | | |
 * |---|---|---|
 * | 0 | u32 | bytes of the record's end |
 * | 4 | i32 | murmur2 of the key |
 * | 8 | f64 | timestamp, Unix ms |
 * | 16 | u32 | samples |
 */
export const frameHeadBytes = 20;

/** A message as it lies in a batch of the queue. */
export interface MessageFrame {
  /** Key, value and headers of the record. */
  readonly recordEnd: Uint8Array;
  readonly keyHash: number;
  readonly timestampMs: number;
  readonly samples: number;
}

/** Writes a head in front of a record's end, which begins at `at + frameHeadBytes`. */
export function writeFrameHead(
  view: DataView,
  at: number,
  { keyHash, timestampMs, samples }: Omit<MessageFrame, 'recordEnd'>,
  recordEndBytes: number,
): void {
  view.setUint32(at, recordEndBytes, true);
  view.setInt32(at + 4, keyHash, true);
  view.setFloat64(at + 8, timestampMs, true);
  view.setUint32(at + 16, samples, true);
}

/** The messages of a batch, as views. */
export function framesOf(bytes: Uint8Array): MessageFrame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: MessageFrame[] = [];
  for (let at = 0; at + frameHeadBytes <= bytes.length; ) {
    const from = at + frameHeadBytes;
    const end = from + view.getUint32(at, true);
    frames.push({
      recordEnd: bytes.subarray(from, end),
      keyHash: view.getInt32(at + 4, true),
      timestampMs: view.getFloat64(at + 8, true),
      samples: view.getUint32(at + 16, true),
    });
    at = end;
  }
  return frames;
}
