import { gzipSync } from 'node:zlib';
import type { KafkaCompression } from '../kafka-options.js';
import type { BatchCodec } from '../record-batch.js';

/** The fastest: the values of most formats are compressed already. */
const gzipLevel = 1;

const codecs: Readonly<Partial<Record<KafkaCompression, BatchCodec>>> = {
  gzip: { number: 1, compress: (records) => gzipSync(records, { level: gzipLevel }) },
};

/** Undefined: batches are not compressed. */
export function codecOf(compression: KafkaCompression): BatchCodec | undefined {
  return codecs[compression];
}
