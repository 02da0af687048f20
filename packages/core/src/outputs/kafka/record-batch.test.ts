import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BatchBuffers } from './batch-buffers.js';
import { MessageBuilder, messageHead } from './message-builder.js';
import { framesOf, type MessageFrame } from './message-frame.js';
import { recordBatch } from './record-batch.js';

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder.js');
const decodeBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder.js');

interface Made {
  readonly key: string;
  readonly value: Uint8Array;
  readonly seq: number;
  readonly timestampMs: number;
}

/** By way of the builder and of a batch of the queue, as messages come. */
function framesFor(messages: readonly Made[]): MessageFrame[] {
  const builder = new MessageBuilder();
  const frames = messages.map(({ key, value, seq, timestampMs }) => {
    builder.begin();
    const numbers = {
      uncompressedBytes: value.length,
      samples: 3,
      highestTimestampMs: timestampMs,
    };
    builder.add({ bytes: value, ...numbers, symbols: undefined });
    const head = messageHead(key, { format: 'f', empty: '' });
    return Uint8Array.from(builder.finish(head, seq, timestampMs, false).bytes);
  });
  return framesOf(Buffer.concat(frames));
}

async function decoded(batch: Buffer) {
  return decodeBatch(new Decoder(batch));
}

const message = fc.record({
  key: fc.string({ maxLength: 40 }),
  value: fc.uint8Array({ minLength: 1, maxLength: 3000 }),
  seq: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  timestampMs: fc.integer({ min: 0, max: 4e12 }),
});

const buffers = new BatchBuffers();

test('what goes into a batch is what kafkajs reads out of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 20 }), async (messages) => {
      const producer = { id: 77n, epoch: 3, sequence: 9 };
      const batch = recordBatch(framesFor(messages), producer, { buffers, codec: undefined });
      const { records, producerId, producerEpoch, firstSequence } = await decoded(batch);
      expect([producerId, producerEpoch, firstSequence]).toEqual(['77', 3, 9]);
      expect(records).toHaveLength(messages.length);
      // What is left of it is in the next one's way.
      buffers.give(batch);
      messages.forEach(({ key, value, seq, timestampMs }, i) => {
        const record = records[i];
        expect(String(record.key ?? '')).toBe(key);
        expect(Buffer.compare(record.value, value)).toBe(0);
        expect([record.offset, record.timestamp]).toEqual([String(i), String(timestampMs)]);
        expect(String(record.headers.format)).toBe('f');
        expect(String(record.headers.seq)).toBe(String(seq));
      });
    }),
  );
});
