import zlib from 'node:zlib';
import type { KafkaCompression } from '../kafka-options.js';
import type { BatchCodec } from '../record-batch.js';
import { lz4Frame, undoLz4Frame } from './lz4.js';
import { undoXerialFrame, xerialFrame } from './xerial.js';

const zstdNumber = 4;
/** The fastest: the values of most formats are compressed already. */
const gzipLevel = 1;

/** Of Node 22.15 and later; the types are those of Node 20. */
const { zstdCompressSync, zstdDecompressSync } = zlib as unknown as {
  readonly zstdCompressSync?: (bytes: Uint8Array) => Uint8Array;
  readonly zstdDecompressSync?: (bytes: Uint8Array) => Buffer;
};

/** In the thread itself: libuv's threads are the host's. */
export interface Codec extends BatchCodec {
  uncompress(records: Uint8Array): Buffer;
}

const codecs: Readonly<Partial<Record<KafkaCompression, Codec>>> = {
  gzip: {
    number: 1,
    compress: (records) => zlib.gzipSync(records, { level: gzipLevel }),
    uncompress: (records) => zlib.gunzipSync(records),
  },
  snappy: { number: 2, compress: xerialFrame, uncompress: undoXerialFrame },
  lz4: { number: 3, compress: lz4Frame, uncompress: undoLz4Frame },
  ...(zstdCompressSync &&
    zstdDecompressSync && {
      zstd: { number: zstdNumber, compress: zstdCompressSync, uncompress: zstdDecompressSync },
    }),
};

/** Undefined: batches are not compressed. */
export function codecOf(compression: KafkaCompression): Codec | undefined {
  return codecs[compression];
}

/** What is there without an install. */
export const hasZstd = zstdCompressSync !== undefined;

export const noZstd = `zstd needs Node 22.15 or later, and this is ${process.version}`;

/** Teaches kafkajs' consumers to read what it does not know by itself. */
export function registerCodecs(kafkajsCodecs: Record<number, () => object>): void {
  for (const { number, compress, uncompress } of Object.values(codecs)) {
    kafkajsCodecs[number] = () => ({
      compress: async (encoder: { buffer: Buffer }) => compress(encoder.buffer),
      decompress: async (bytes: Buffer) => uncompress(bytes),
    });
  }
  if (hasZstd) return;
  kafkajsCodecs[zstdNumber] = () => {
    const words = `the topic holds messages that are compressed with zstd: ${noZstd}`;
    // By this name the consumer knows that there is no use in trying again.
    throw Object.assign(new Error(words), { name: 'KafkaJSNotImplemented' });
  };
}
