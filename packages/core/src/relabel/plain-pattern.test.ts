import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { parsePlainPattern } from './plain-pattern.js';
import { compileRegex } from './regex.js';

describe('patterns that need no regex engine', () => {
  it.each([
    ['', [''], false],
    ['foo', ['foo'], false],
    ['foo|bar', ['foo', 'bar'], false],
    ['(foo|bar)', ['foo', 'bar'], true],
    ['(?:foo|bar)', ['foo', 'bar'], false],
    ['^foo$|^bar$', ['foo', 'bar'], false],
    ['^(foo)$', ['foo'], true],
    ['10\\.0\\.0\\.1:9100', ['10.0.0.1:9100'], false],
    ['a\\|b|\\$', ['a|b', '$'], false],
    ['|x', ['', 'x'], false],
    ['日本|ü', ['日本', 'ü'], false],
  ])('%s is one of %j', (pattern, values, captures) => {
    expect(parsePlainPattern(pattern)).toEqual({
      kind: 'literals',
      values: new Set(values),
      captures,
    });
  });

  it.each([
    ['.*', '', '', 0, false],
    ['(.*)', '', '', 0, true],
    ['^.+$', '', '', 1, false],
    ['node_(.+)', 'node_', '', 1, true],
    ['(.*):9100', '', ':9100', 0, true],
    ['a\\.(.*)\\.b$', 'a.', '.b', 0, true],
  ])('%s is anything between %j and %j', (pattern, prefix, suffix, least, captures) => {
    const plain = { kind: 'wildcard', prefix, suffix, least, captures };
    expect(parsePlainPattern(pattern)).toEqual(plain);
  });

  it.each([
    'a?',
    'ab*',
    'a+|b',
    'a{2}',
    'a{',
    '.',
    '.*?',
    '.*.*',
    '.*|a',
    '(a)(b)',
    '((a))',
    '(a)|(b)',
    '(?i)a',
    '(?P<n>a)',
    '[ab]',
    '\\d',
    '\\n',
    '\\Qa\\E',
    'a^b',
    'a$b',
    '^*',
    'a]',
    '(a',
    'a)',
    'a\\',
    '\\é',
  ])('%s is for the regex engine', (pattern) => {
    expect(parsePlainPattern(pattern)).toBeUndefined();
  });

  const piece = fc.constantFrom(
    ...['a', 'b', 'foo', '|', '(', ')', '(?:', '.*', '(.+)', '.+', '^', '$', '\\.', '\\|', '\\\\'],
    ...['*', '+', '?', '{2}', '-', 'é', '\n', '😀'],
  );
  const text = fc.constantFrom('a', 'b', 'foo', '.', '|', '\\', '-', 'é', '\n', '😀', '$');
  const joined = (part: fc.Arbitrary<string>, maxLength: number) =>
    fc.array(part, { maxLength }).map((parts) => parts.join(''));

  it('answer as the regex engine would', () => {
    fc.assert(
      fc.property(
        joined(piece, 6),
        fc.array(joined(text, 4), { maxLength: 8 }),
        (pattern, values) => {
          fc.pre(parsePlainPattern(pattern) !== undefined);
          const engine = RE2JS.compile(`^(?s:${pattern})$`);
          const plain = compileRegex(pattern);
          for (const value of values) {
            expect(plain.matches(value)).toBe(engine.test(value));
            const groups = engine.exec(value);
            expect(plain.groups(value)).toEqual(groups === null ? undefined : [...groups]);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
