import fc from 'fast-check';
import { compress } from 'snappyjs';
import { expect, test } from 'vitest';
import { compressed } from '../outputs/wire/request-parts.js';
import { uncompress } from '../outputs/wire/uncompress.js';
import { joinedBodies } from './write-body.js';

/** Bytes in which there is something to compress. */
const messages = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.nat(200)), { minLength: 1 })
  .map((runs) => Buffer.concat(runs.flatMap(([bytes, times]) => Array(times).fill(bytes))));

test('bodies that are joined hold the messages one behind the other, whoever has compressed them', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(messages, fc.boolean()), { minLength: 1 }), (all) => {
      const bodies = all.map(([message, isOurs]) =>
        isOurs ? compressed(message) : compress(message),
      );
      const joined = uncompress(joinedBodies(bodies, 1)!);
      expect(Buffer.compare(joined, Buffer.concat(all.map(([message]) => message)))).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test('of 2.0 one goes as it is, and many cannot', () => {
  const body = compressed(Buffer.from('abc'));
  expect([joinedBodies([body], 2), joinedBodies([body, body], 2)]).toEqual([body, undefined]);
});
