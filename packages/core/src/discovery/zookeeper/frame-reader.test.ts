import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FrameReader } from './frame-reader.js';

function framed(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

it('gives the same frames however the stream is cut', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 });
  fc.assert(
    fc.property(bodies, fc.array(fc.nat(30), { minLength: 1 }), (frames, cuts) => {
      const stream = Buffer.concat(frames.map(framed));
      const reader = new FrameReader();
      const read: Buffer[] = [];
      let at = 0;
      for (let i = 0; at < stream.length; i++) {
        const size = Math.max(cuts[i % cuts.length]!, 1);
        read.push(...reader.push(stream.subarray(at, at + size)));
        at += size;
      }
      expect(read.map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]));
    }),
  );
});

it.each([
  ['HTTP', 'HTTP/1.1 400 Bad Request'],
  ['a negative length', '\xff\xff\xff\xff'],
])('%s is refused', (_name, text) => {
  const reader = new FrameReader();
  expect(() => [...reader.push(Buffer.from(text, 'latin1'))]).toThrow(
    /this is no ZooKeeper server/,
  );
});
