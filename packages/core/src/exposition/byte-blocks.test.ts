import { describe, expect, it } from 'vitest';
import { copyBytes, copyText, hasBytes, hashBytes } from './byte-blocks.js';

const longest = 70;
const pattern = Uint8Array.from({ length: longest + 10 }, (_, i) => (i * 37) % 256);

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

describe('hasBytes', () => {
  it('looks at every byte of every length, and at no other', () => {
    for (let length = 0; length <= longest; length++) {
      const other = pattern.slice();
      other.fill(0xaa, length + 3);
      other.fill(0xaa, 0, 3);
      expect(hasBytes(view(pattern), 3, view(other), 3, length)).toBe(true);
      for (let at = 3; at < length + 3; at++) {
        other[at]! ^= 0x80;
        expect(hasBytes(view(pattern), 3, view(other), 3, length)).toBe(false);
        other[at]! ^= 0x80;
      }
    }
  });

  it('reads nothing behind the end of either array', () => {
    for (let length = 0; length <= longest; length++) {
      const exact = pattern.slice(0, length);
      expect(hasBytes(view(exact), 0, view(exact.slice()), 0, length)).toBe(true);
    }
  });
});

describe.each([
  ['copyBytes', copyBytes],
  ['copyText', copyText],
])('%s', (_, copy) => {
  it('copies exactly the bytes it is asked for', () => {
    for (let length = 0; length <= longest; length++) {
      const to = new Uint8Array(longest + 20).fill(0xaa);
      copy(view(pattern), 1, view(to), 5, length);
      const expected = new Uint8Array(longest + 20).fill(0xaa);
      expected.set(pattern.subarray(1, 1 + length), 5);
      expect(to).toEqual(expected);
    }
  });
});

describe('hashBytes', () => {
  it('depends on every byte and on the length, not on the place', () => {
    for (let length = 0; length <= longest; length++) {
      const bytes = pattern.slice(0, length + 4);
      const hash = hashBytes(view(pattern), 2, length + 2);
      expect(hashBytes(view(bytes), 2, length + 2)).toBe(hash);
      for (let at = 2; at < length + 2; at++) {
        bytes[at]! ^= 1;
        expect(hashBytes(view(bytes), 2, length + 2)).not.toBe(hash);
        bytes[at]! ^= 1;
      }
    }
    const zeros = new Uint8Array(longest);
    const hashes = Array.from(zeros, (_, length) => hashBytes(view(zeros), 0, length));
    expect(new Set(hashes).size).toBe(longest);
  });

  it('spreads keys that differ in a number only', () => {
    const hashes = new Set<number>();
    for (let i = 0; i < 100_000; i++) {
      const key = Buffer.from(`http_requests_total{path="/${i}",code="200"}`);
      hashes.add(hashBytes(view(key), 0, key.length) & 0xfffff);
    }
    // Of 2^20 places 100,000 keys fill about 95,300.
    expect(hashes.size).toBeGreaterThan(94_000);
  });
});
