import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LabelEncoder } from './label-encoder.js';
import {
  type KnownSeries,
  readSnapshot,
  type TargetSnapshot,
  writeSnapshot,
} from './series-snapshot.js';

const encoder = new LabelEncoder(new Map());

const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 });
const series: fc.Arbitrary<KnownSeries> = fc.record({
  labelBytes: fc
    .array(fc.tuple(name, fc.string({ unit: 'binary', maxLength: 300 })), {
      minLength: 1,
      maxLength: 5,
    })
    .map((labels) => Uint8Array.from(encoder.encode(new Map(labels)))),
  isLive: fc.boolean(),
  last: fc.option(fc.record({ timestampMs: fc.integer(), value: fc.double() }), { nil: undefined }),
});
const snapshot: fc.Arbitrary<TargetSnapshot> = fc.record({
  targetId: fc.stringMatching(/^[0-9a-f]{16}$/),
  stampMs: fc.oneof(fc.constant(Number.NEGATIVE_INFINITY), fc.integer()),
  nextTickMs: fc.nat(),
  samples: fc.nat(),
  series: fc.array(series, { maxLength: 20 }),
});

const plain = (one: TargetSnapshot | undefined) =>
  one && {
    ...one,
    series: Array.from(one.series, (of) => [[...of.labelBytes], of.isLive, of.last]),
  };

test('what was written is read', () => {
  fc.assert(
    fc.property(snapshot, (one) => {
      expect(plain(readSnapshot(writeSnapshot(one)))).toEqual(plain(one));
    }),
  );
});

test('a snapshot of many series grows as it must', () => {
  const labelBytes = encoder.encode(new Map([['a', 'x'.repeat(5000)]]));
  const many = Array.from({ length: 1000 }, (_, i) => ({ labelBytes, isLive: i % 2 === 0 }));
  const head = { targetId: '00000000000000aa', stampMs: 1, nextTickMs: 2, samples: 3 };
  const read = readSnapshot(writeSnapshot({ ...head, series: many }))!;
  expect([...read.series]).toHaveLength(1000);
});

test('bytes cut short or changed anywhere are no snapshot', () => {
  fc.assert(
    fc.property(snapshot, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, place, change) => {
      const bytes = writeSnapshot(one);
      const at = place % bytes.length;
      expect(readSnapshot(bytes.subarray(0, at))).toBeUndefined();
      bytes[at]! ^= change;
      expect(readSnapshot(bytes)).toBeUndefined();
    }),
  );
});

test('hostile bytes with a good checksum never read outside, and series have labels', () => {
  fc.assert(
    fc.property(snapshot, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 }))), (one, changes) => {
      const bytes = writeSnapshot(one);
      const end = bytes.length - 4;
      for (const [place, byte] of changes) bytes[8 + (place % (end - 8))] = byte;
      Buffer.from(bytes.buffer).writeUInt32LE(crc32(bytes.subarray(0, end)), end);
      const read = readSnapshot(bytes);
      for (const { labelBytes } of read?.series ?? []) expect(labelBytes.length).toBeGreaterThan(4);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['nothing', ''],
  ['another magic', '00'.repeat(60)],
  ['a later version', `5041534e02${'00'.repeat(60)}`],
])('%s is no snapshot', (_what, hex) => {
  expect(readSnapshot(Buffer.from(hex, 'hex'))).toBeUndefined();
});
