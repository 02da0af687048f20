import fc from 'fast-check';
import { uncompress } from 'snappyjs';
import { describe, expect, it } from 'vitest';
import { SnappyCompressor, snappyBound } from './snappy.js';
import { writeVarint } from './varint.js';

const compressor = new SnappyCompressor();

function compress(source: Uint8Array, ranges: readonly (readonly [number, number])[]): Uint8Array {
  const target = new Uint8Array(snappyBound(source.length));
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  compressor.begin(source, view, source.length, target);
  for (const [from, to] of ranges) compressor.findCopies(from, to);
  return target.slice(0, compressor.end());
}

function decoded(length: number, compressed: Uint8Array): Uint8Array {
  const preamble = new Uint8Array(5);
  const end = writeVarint(preamble, 0, length);
  return uncompress(Uint8Array.from([...preamble.subarray(0, end), ...compressed]));
}

// toEqual takes seconds for what is large.
function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Bytes with the repetitions of labels: words of a small vocabulary. */
const wordy = fc
  .array(
    fc.constantFrom('', 'a', 'node_cpu_seconds_total', 'mode', '\0\0\0\0\0\0', 'instance="h'),
    {
      maxLength: 400,
    },
  )
  .map((words) => new TextEncoder().encode(words.join('')));
const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 2000 }), wordy);

describe('SnappyCompressor', () => {
  it('is read back by another implementation, whatever the bytes', () => {
    fc.assert(
      fc.property(anyBytes, (source) => {
        const compressed = compress(source, [[0, source.length]]);
        expect(compressed.length).toBeLessThanOrEqual(snappyBound(source.length));
        if (source.length > 0) expect(decoded(source.length, compressed)).toEqual(source);
      }),
    );
  });

  const sizes = [1, 3, 4, 59, 60, 61, 62, 256, 257, 65_535, 65_536, 65_537, 200_000];
  it.each(sizes)('literals of %d random bytes', (size) => {
    const source = new Uint8Array(size);
    let state = 1;
    for (let i = 0; i < size; i++) {
      state = Math.imul(state, 1_664_525) + 1_013_904_223;
      source[i] = state >>> 24;
    }
    expect(same(decoded(size, compress(source, [[0, size]])), source)).toBe(true);
  });

  it.each([...sizes, 63, 64, 65, 66, 67, 68, 69, 128, 132])('a run of %d equal bytes', (size) => {
    const source = new Uint8Array(size).fill(7);
    const compressed = compress(source, [[0, size]]);
    expect(same(decoded(size, compressed), source)).toBe(true);
    expect(compressed.length).toBeLessThan(size / 20 + 12);
  });

  const distances = [2047, 2048, 2049, 65_534, 65_535, 65_536];
  const words = ['up="1', 'instance="127.0.0.1:9100"'];
  const repeats = words.flatMap((text) => distances.map((distance) => [text, distance] as const));
  it.each(repeats)('%s again after %d bytes', (text, distance) => {
    const word = new TextEncoder().encode(text);
    const source = new Uint8Array(distance + word.length);
    for (let i = 0; i < source.length; i++) source[i] = (Math.imul(i, 2_654_435_761) >>> 13) & 0xff;
    source.set(word, 0);
    source.set(word, distance);
    const compressed = compress(source, [[0, source.length]]);
    expect(same(decoded(source.length, compressed), source)).toBe(true);
  });

  it('never reads or covers what lies between the ranges', () => {
    const holeEvery = 20;
    fc.assert(
      fc.property(wordy, fc.integer({ min: 1, max: 255 }), (source, fill) => {
        const ranges: [number, number][] = [];
        const holes: number[] = [];
        for (let from = 0; from < source.length; from += holeEvery) {
          const to = Math.min(from + holeEvery - 8, source.length);
          ranges.push([from, to]);
          if (to < source.length) holes.push(to);
        }
        const target = new Uint8Array(snappyBound(source.length));
        const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
        compressor.begin(source, view, source.length, target);
        ranges.forEach(([from, to], i) => {
          compressor.findCopies(from, to);
          if (i < holes.length) expect(compressor.mark(holes[i]!)).toBe(i);
        });
        const end = compressor.end();
        const expected = source.slice();
        holes.forEach((hole, i) => {
          const length = Math.min(8, source.length - hole);
          expected.fill(fill, hole, hole + length);
          target.fill(fill, compressor.placeOf(i), compressor.placeOf(i) + length);
        });
        if (source.length > 0) {
          expect(decoded(source.length, target.subarray(0, end))).toEqual(expected);
        }
      }),
    );
  });

  it('knows nothing of the source before, not even after its positions start over', () => {
    const own = new SnappyCompressor();
    const source = new TextEncoder().encode('up{instance="a"}'.repeat(8));
    const view = new DataView(source.buffer);
    const target = new Uint8Array(snappyBound(source.length));
    own.begin(source, view, source.length, target);
    own.findCopies(0, source.length);
    const first = target.slice(0, own.end());
    // Claims a gigabyte that is never looked at, so that the positions start over.
    own.begin(source, view, 0x4000_0000, target);
    for (let i = 0; i < 3; i++) {
      own.begin(source, view, source.length, target);
      own.findCopies(0, source.length);
      expect(target.slice(0, own.end())).toEqual(first);
    }
  });
});
