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
