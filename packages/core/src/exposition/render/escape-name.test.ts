import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapedName, escapeName, unescapeName } from './escape-name.js';
import { isPlainMetricName } from './text-format.js';

const names = fc.string({ unit: 'grapheme', minLength: 1 });

describe('names that are escaped', () => {
  it.each(['underscores', 'dots', 'values'] as const)('are plain: %s', (scheme) => {
    fc.assert(
      fc.property(names, (name) => {
        expect(isPlainMetricName(escapedName(name, scheme))).toBe(true);
      }),
    );
  });

  it('by values are read back, all of them in the basic plane', () => {
    const basic = fc.string({
      unit: fc.integer({ min: 1, max: 0xd7ff }).map((c) => String.fromCharCode(c)),
    });
    fc.assert(
      fc.property(basic, (name) => {
        const escaped = escapeName(name, 'values');
        expect(unescapeName(escaped, 'values')).toBe(name);
      }),
      // A plain name that looks escaped is taken for an escaped one.
      { examples: [['a.b'], ['_'], ['']] },
    );
  });

  it.each([
    ['a_b', 'dots', 'a_b', 'a__b'],
    ['a_b', 'values', 'a_b', 'a_b'],
    ['1a', 'underscores', '_a', '_a'],
    ['1a', 'values', 'U___31_a', 'U___31_a'],
    ['\ud800', 'values', 'U___fffd_', 'U___fffd_'],
    ['a.b', 'allow-utf-8', 'a.b', 'a.b'],
  ] as const)('%j by %s', (name, scheme, ofMetric, byScheme) => {
    expect(escapedName(name, scheme)).toBe(ofMetric);
    expect(escapeName(name, scheme)).toBe(byScheme);
  });
});
