import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { produceBody, readProduceAnswer } from './produce-request.js';

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder.js');

test('a body names each topic once, with its batches', () => {
  const parts = produceBody(
    [
      { topic: 'a', partition: 1, batch: Buffer.from('one') },
      { topic: 'b', partition: 0, batch: Buffer.from('two') },
      { topic: 'a', partition: 2, batch: Buffer.from('three') },
    ],
    1234,
  );
  const decoder = new Decoder(Buffer.concat(parts));
  expect([decoder.readString(), decoder.readInt16(), decoder.readInt32()]).toEqual([
    null,
    -1,
    1234,
  ]);
  type D = { readString(): string; readInt32(): number; readBytes(): Buffer; readArray: unknown };
  const topics = decoder.readArray((d: D & { readArray(of: (d: D) => unknown): unknown }) => [
    d.readString(),
    d.readArray((p: D) => [p.readInt32(), String(p.readBytes())]),
  ]);
  expect(topics).toEqual([
    [
      'a',
      [
        [1, 'one'],
        [2, 'three'],
      ],
    ],
    ['b', [[0, 'two']]],
  ]);
});

test('an answer speaks of each partition for itself', () => {
  const partition = (id: number, code: number): Buffer => {
    const bytes = Buffer.alloc(30);
    bytes.writeInt32BE(id, 0);
    bytes.writeInt16BE(code, 4);
    return bytes;
  };
  const count = (n: number): Buffer => Buffer.from([0, 0, 0, n]);
  const name = (text: string): Buffer => Buffer.from([0, text.length, ...Buffer.from(text)]);
  const ofTopics = [name('a'), count(2), partition(0, 0), partition(3, 6), name('b'), count(0)];
  const payload = Buffer.concat([count(2), ...ofTopics, count(7)]);
  expect(readProduceAnswer(payload)).toEqual({
    answers: [
      { topic: 'a', partition: 0, errorCode: 0 },
      { topic: 'a', partition: 3, errorCode: 6 },
    ],
    throttleMs: 7,
  });
  expect(() => readProduceAnswer(payload.subarray(0, 20))).toThrow(RangeError);
});
