import type { BatchBuffers } from './batch-buffers.js';
import { crc32c } from './crc32c.js';
import type { MessageFrame } from './message-frame.js';
import { longZigzagLength, writeLongZigzag, writeZigzag, zigzagLength } from './zigzag.js';

/**
 * Kafka's record batch, version 2 (kafka.apache.org/documentation, "Record Batch"): 61 bytes in front
 * of the records, of which the first 21 are not covered by the checksum.
 */
export const batchHeadBytes = 61;
const lengthCountsFrom = 12;
const crcAt = 17;
const crcCoversFrom = 21;
const magic = 2;
const noPartitionEpoch = -1;

/** Who writes a batch; without idempotence the id is -1. */
export interface BatchProducer {
  readonly id: bigint;
  readonly epoch: number;
  /** Of the batch's first record. */
  readonly sequence: number;
}

/** Kafka's number of a compression and what does it. */
export interface BatchCodec {
  readonly number: number;
  compress(records: Uint8Array): Uint8Array;
}

/** At most so many bytes does a message add to an uncompressed batch. */
export function recordBytesOf({ recordEnd }: MessageFrame): number {
  return recordEnd.length + 21;
}

/** What batches are made with. */
export interface BatchTools {
  readonly buffers: BatchBuffers;
  /** Undefined: they are not compressed. */
  readonly codec: BatchCodec | undefined;
}

/** The messages as one batch, in the order they are given; in one of the buffers, which goes back there. */
export function recordBatch(
  messages: readonly MessageFrame[],
  producer: BatchProducer,
  { buffers, codec }: BatchTools,
): Buffer<ArrayBuffer> {
  const firstMs = messages[0]!.timestampMs;
  let bound = batchHeadBytes;
  for (const message of messages) bound += recordBytesOf(message);
  let batch = buffers.take(bound);
  let end = writeRecords(batch, batchHeadBytes, messages, firstMs);
  if (codec !== undefined) {
    const records = codec.compress(batch.subarray(batchHeadBytes, end));
    end = batchHeadBytes + records.length;
    if (end > batch.length) {
      buffers.give(batch);
      batch = buffers.take(end);
    }
    batch.set(records, batchHeadBytes);
  }
  const whole = batch.subarray(0, end);
  const lastMs = messages.reduce((last, one) => Math.max(last, one.timestampMs), firstMs);
  writeHead(whole, messages.length, { firstMs, lastMs }, producer, codec?.number ?? 0);
  return whole;
}

function writeHead(
  batch: Buffer,
  count: number,
  { firstMs, lastMs }: { firstMs: number; lastMs: number },
  { id, epoch, sequence }: BatchProducer,
  codec: number,
): void {
  batch.writeBigInt64BE(0n, 0);
  batch.writeInt32BE(batch.length - lengthCountsFrom, 8);
  batch.writeInt32BE(noPartitionEpoch, 12);
  batch.writeInt8(magic, 16);
  batch.writeInt16BE(codec, 21);
  batch.writeInt32BE(count - 1, 23);
  batch.writeBigInt64BE(BigInt(firstMs), 27);
  batch.writeBigInt64BE(BigInt(lastMs), 35);
  batch.writeBigInt64BE(id, 43);
  batch.writeInt16BE(epoch, 51);
  batch.writeInt32BE(sequence, 53);
  batch.writeInt32BE(count, 57);
  batch.writeUInt32BE(crc32c(batch, crcCoversFrom, batch.length), crcAt);
}

function writeRecords(
  batch: Buffer,
  from: number,
  messages: readonly MessageFrame[],
  firstMs: number,
): number {
  let at = from;
  for (let i = 0; i < messages.length; i++) {
    const { recordEnd, timestampMs } = messages[i]!;
    const afterFirstMs = timestampMs - firstMs;
    const length = 1 + longZigzagLength(afterFirstMs) + zigzagLength(i) + recordEnd.length;
    at = writeZigzag(batch, at, length);
    batch[at++] = 0; // attributes
    at = writeLongZigzag(batch, at, afterFirstMs);
    at = writeZigzag(batch, at, i);
    batch.set(recordEnd, at);
    at += recordEnd.length;
  }
  return at;
}
