import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameRest, skip, textEnd } from './bytes.js';
import { KnownName } from './known-name.js';
import { plainLabelsEnd } from './tokens.js';

const encoder = new TextEncoder();

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

describe('textEnd', () => {
  it('is the first newline, for lines of every length at every place', () => {
    // Bytes next to the newline and with the highest bit are what a borrow could mistake for one.
    const line = fc.array(fc.constantFrom(0, 9, 10, 11, 0x61, 0x8a, 0x8b, 0xff), { maxLength: 20 });
    fc.assert(
      fc.property(line, fc.nat(5), fc.nat(5), (bytes, before, behind) => {
        const body = Uint8Array.from([
          ...Array(before).fill(10),
          ...bytes,
          ...Array(behind).fill(10),
        ]);
        const length = before + bytes.length;
        const newline = bytes.indexOf(10);
        const end = newline < 0 ? length : before + newline;
        const isAscii = body.subarray(before, end).every((b) => b < 0x80);
        expect(textEnd(body, viewOf(body), before, length)).toBe(isAscii ? end : ~end);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('KnownName', () => {
  it('ends a name where its characters end, whatever name came before', () => {
    const name = fc
      .stringMatching(/^(node_|node_cpu_|x)?[a-c_:0-9]{0,12}$/)
      .map((rest) => `n${rest}`);
    const end = fc.constantFrom(' ', '{', '\n', '\u00e9', '');
    fc.assert(
      fc.property(fc.array(fc.tuple(name, end), { maxLength: 8 }), fc.nat(9), (lines, cut) => {
        const body = encoder.encode(lines.flat().join(''));
        const length = Math.max(0, body.length - cut);
        const known = new KnownName();
        let at = 0;
        for (const [text, separator] of lines) {
          if (at >= length) break;
          const expected = skip(body, at, length, nameRest);
          expect(known.endOfNext(body, viewOf(body), at, length)).toBe(expected);
          at += encoder.encode(text + separator).length;
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('knows nothing of a body that went before', () => {
    const known = new KnownName();
    const first = encoder.encode('node_cpu_seconds_total 1');
    known.endOfNext(first, viewOf(first), 0, first.length);
    known.clear();
    const next = encoder.encode('é{}!é{}!é{}! é{}!é{}!é{}!');
    expect(known.endOfNext(next, viewOf(next), 15, next.length)).toBe(15);
  });
});

describe('plainLabelsEnd', () => {
  it.each([
    ['a="b"}', 6],
    ['a="b",c="d"} 1', 12],
    ['le="+Inf"}', 10],
    ['a=""}', 5],
    ['a="b\t}{,="}', 11],
    ['a="b",}', ~6],
    ['a="b" }', ~0],
    ['a ="b"}', ~0],
    ['}', ~0],
    ['a="b",c="\\n"}', ~6],
    ['a="b",c="\n"}', ~6],
    ['a="b",c="\0"}', ~6],
    ['a="b"\0}', ~0],
    ['a="b",c="é"}', ~6],
    ['a="b","c"="d"}', ~6],
    ['"a"}', ~0],
    ['a="b";c="d"}', ~0],
    ['1="b"}', ~0],
    ['a="b', ~0],
    ['a="b"', ~0],
    ['a=', ~0],
    ['a="b",', ~6],
    ['', ~0],
  ])('%j', (text, end) => {
    const body = encoder.encode(text);
    expect(plainLabelsEnd(body, 0, body.length)).toBe(end);
    // What lies behind the end is not looked at.
    const longer = encoder.encode(`${text}"}"},`);
    expect(plainLabelsEnd(longer, 0, body.length)).toBe(end);
  });
});
