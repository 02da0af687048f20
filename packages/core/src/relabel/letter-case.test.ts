import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goLowerCase, goUpperCase } from './letter-case.js';

describe("Go's letter case", () => {
  // Recorded from Go's strings.ToLower and strings.ToUpper.
  it.each([
    ['FoO-1', 'foo-1', 'FOO-1'],
    ['ÄÖß', 'äöß', 'ÄÖß'],
    ['ΑΣ Ας', 'ασ ας', 'ΑΣ ΑΣ'],
    ['İı', 'iı', 'İI'],
    ['ŉ ﬁ ΐ', 'ŉ ﬁ ΐ', 'ŉ ﬁ ΐ'],
    ['ᾀ ᾈ ᾳ ᾼ', 'ᾀ ᾀ ᾳ ᾳ', 'ᾈ ᾈ ᾼ ᾼ'],
    ['ǅ', 'ǆ', 'Ǆ'],
    ['ſ K', 'ſ k', 'S K'],
    ['ა Ა', 'ა ა', 'Ა Ა'],
    ['𐐀 𐐨', '𐐨 𐐨', '𐐀 𐐀'],
  ])('%s', (text, lower, upper) => {
    expect([goLowerCase(text), goUpperCase(text)]).toEqual([lower, upper]);
  });

  it('maps one code point to one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-composite' }), (text) => {
        const { length } = [...text];
        expect([...goLowerCase(text)].length).toBe(length);
        expect([...goUpperCase(text)].length).toBe(length);
      }),
    );
  });
});
