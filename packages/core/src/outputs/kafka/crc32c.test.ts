import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32c } from './crc32c.js';

// RFC 3720, B.4, and the check value of the CRC catalogue.
const known: readonly [what: string, bytes: Uint8Array, crc: number][] = [
  ['nothing', new Uint8Array(0), 0],
  ['1 to 9', Buffer.from('123456789'), 0xe3069283],
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 ascending', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
];

test.each(known)('%s', (_, bytes, crc) => {
  expect(crc32c(bytes, 0, bytes.length)).toBe(crc);
  const within = Buffer.concat([Buffer.from('xyz'), bytes, Buffer.from('x')]);
  expect(crc32c(within, 3, 3 + bytes.length)).toBe(crc);
});

/** Bit by bit, as the polynomial says. */
function slowCrc32c(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

test('any bytes at any place', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.nat(100),
      fc.nat(100),
      (bytes, one, other) => {
        const [from, to] = [one, other].map((at) => at % (bytes.length + 1)).sort((a, b) => a - b);
        expect(crc32c(bytes, from!, to!)).toBe(slowCrc32c(bytes.subarray(from, to)));
      },
    ),
  );
});
