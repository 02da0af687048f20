import { writeInt64Varint } from './varint.js';

/** Where a part ends at the latest, so that requests stay far below what receivers refuse. */
export const mostPartBytes = 4 * 1024 * 1024;

/**
 * A part of a write request in the making, uncompressed: what the encoders of both versions write into.
 * One instance serves a thread; its buffer is overwritten by the next part.
 */
export abstract class PartEncoder {
  bytes = new Uint8Array(64 * 1024);
  view = new DataView(this.bytes.buffer);
  /** Uncompressed bytes of the part. */
  length = 0;
  samples = 0;
  /** The newest timestamp of the part. */
  highestTimestampMs = 0;
  /** The timestamp of the samples to come, as a varint. */
  protected readonly time = new Uint8Array(10);
  protected timeLength = 0;

  protected begin(): void {
    this.length = 0;
    this.samples = 0;
    this.highestTimestampMs = Number.NEGATIVE_INFINITY;
  }

  protected setTime(timestampMs: number): void {
    this.timeLength = writeInt64Varint(this.time, 0, timestampMs);
    if (timestampMs > this.highestTimestampMs) this.highestTimestampMs = timestampMs;
  }

  /** Room for so many bytes more. */
  protected reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}
