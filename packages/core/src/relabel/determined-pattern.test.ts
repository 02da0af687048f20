import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { determinedRegExp } from './determined-pattern.js';
import { readPatternParts } from './pattern-parts.js';
import { parsePlainPattern } from './plain-pattern.js';

const goodAtom = fc.constantFrom(
  ...['a', 'b', ':', '-', '\\.', '\\-', '\\:', '.', '\\d', '\\w', '[^:]', '[^.]', '[a-c]', '[0-9]'],
  ...['[^a-z]', '[.:]', '[a-]', '[^\\d]'],
);
const otherAtom = fc.constantFrom(
  '[-a]',
  '[c-a]',
  '[a-c-b]',
  '[]a]',
  '[[]',
  '[é]',
  'é',
  '\\s',
  '|',
  '^',
  '$',
);
const atom = fc.oneof({ weight: 12, arbitrary: goodAtom }, { weight: 1, arbitrary: otherAtom });
const repeat = fc.constantFrom('', '', '', '+', '+', '*', '?', '+?', '{2}', '**');
const step = fc.tuple(atom, repeat).map((parts) => parts.join(''));
const part = fc.oneof(
  step,
  step.map((one) => `(${one})`),
  fc.tuple(step, step).map(([a, b]) => `(?:${a}${b})`),
);
const pattern = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
const value = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd', ':', '.', '-', '0', '9', 'é', '😀', '\n', '$'), {
    maxLength: 9,
  })
  .map((chars) => chars.join(''));

describe('determinedRegExp', () => {
  it('finds the same groups as RE2, or leaves the pattern to it', () => {
    fc.assert(
      fc.property(pattern, fc.array(value, { minLength: 8, maxLength: 8 }), (text, values) => {
        const regex = determined(text);
        if (regex === undefined) return;
        // What RE2 refuses throws here.
        const re2 = RE2JS.compile(`^(?s:${text})$`);
        for (const one of values) expect(groupsOf(regex, one)).toEqual(groupsOfRe2(re2, one));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['([^:]+):(\\d+)', 'host:9100', ['host:9100', 'host', '9100']],
    ['([^.]+)\\..*', 'node-1.example.com', ['node-1.example.com', 'node-1']],
    ['^(\\w+)-[0-9]+$', 'web-12', ['web-12', 'web']],
    ['([^:]+):(\\d+)', 'a:b:1', undefined],
    ['([a-z]+):?(\\d*)', 'host', ['host', 'host', '']],
    ['a.b', 'a😀b', ['a😀b']],
    ['a.b', 'a\nb', ['a\nb']],
    ['[^a]\\$', '$$', ['$$']],
  ])('%s on %s', (text, one, groups) => {
    expect(parsePlainPattern(text)).toBeUndefined();
    expect(groupsOf(determined(text)!, one)).toEqual(groups);
  });

  it.each([
    ['what repeats may be what follows', '(.+):(.+)'],
    ['the same behind one that may be empty', '\\w+:*a'],
    ['nested repetition', '(a+)+$'],
    ['alternatives', 'a[0]|b'],
    ['an optional group', '(?:a[0])?'],
    ['a lazy repetition', 'a[0]+?'],
    ['a repeated group', '(?:a[0])*'],
    ['flags', '(?i)a'],
    ['names', '(?P<n>a[0])'],
    ['a class of a class', '[[:alpha:]]+'],
    ['groups without end', '('.repeat(5_000) + ')'.repeat(5_000)],
    ['an open group', '(a[0]'],
    ['a closed one', 'a[0])'],
    ['an open class', '[a'],
    ['a backslash at the end', 'a[0]\\'],
  ])('leaves %s to the automaton', (_what, text) => {
    expect(determined(text)).toBeUndefined();
  });

  it.each(['[^:]+:', '(a+)(b*)(c+)d', '\\w*-'])('%s takes linear time on 100 kB', (text) => {
    const regex = determined(text)!;
    for (const long of ['a'.repeat(100_000), 'ab'.repeat(50_000)])
      expect(regex.test(long)).toBe(false);
  });
});

function determined(pattern: string): RegExp | undefined {
  const parts = readPatternParts(pattern);
  return parts && determinedRegExp(parts);
}

function groupsOf(regex: RegExp, text: string) {
  const groups = regex.exec(text);
  return groups === null ? undefined : [...groups];
}

function groupsOfRe2(re2: RE2JS, text: string) {
  const matcher = re2.matcher(text);
  if (!matcher.matches()) return undefined;
  return Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? undefined);
}
