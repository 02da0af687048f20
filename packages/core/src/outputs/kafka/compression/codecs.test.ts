import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codecOf, hasZstd } from './codecs.js';

const compressions = ['gzip', 'snappy', 'lz4', ...(hasZstd ? (['zstd'] as const) : [])] as const;

/** Bytes that repeat, and bytes that do not. */
const bytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.nat(9_000))
        .map(([word, times]) => Buffer.alloc(word.length * times, word)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));

describe.each(compressions)('%s', (compression) => {
  const codec = codecOf(compression)!;

  test('gives back what it was given', () => {
    fc.assert(
      fc.property(bytes, (given) => {
        const back = codec.uncompress(codec.compress(given));
        expect(Buffer.compare(Buffer.from(back), given)).toBe(0);
      }),
    );
  });

  test('makes what repeats smaller', () => {
    const given = Buffer.from('node_cpu_seconds_total{cpu="0",mode="idle"} 1\n'.repeat(5_000));
    expect(codec.compress(given).length).toBeLessThan(given.length / 8);
  });
});

test('none is none', () => {
  expect(codecOf('none')).toBeUndefined();
});
