import { describe, expect, it } from 'vitest';
import { checkRegex, compileRegex } from './regex.js';

describe('compileRegex', () => {
  it.each([
    ['a dot matches a newline', 'foo.bar', 'foo\nbar', true],
    ['the whole value must match', 'foo[0]', 'foo01', false],
    ['each alternative is anchored', 'foo[0]|bar', 'xbar', false],
    ['^ and $ inside change nothing', '^foo[0]$', 'foo0', true],
    ['multi-line mode does not loosen the anchors', '(?m)^b$', 'a\nb', false],
    ['case folding', '(?i)FOO', 'foo', true],
    ['classes of Unicode', '\\p{Han}+', '日本', true],
    ['quoting', '\\Qa.b\\E', 'a.b', true],
    ['a pattern that closes our group', 'a)(b', 'ab', true],
    ['a pattern that closes our group and leaves it', 'a)|(b', 'ax', true],
    ['the same behind a parenthesis in a class', '[(]a)|(b', '(ax', true],
    ['the same behind a quoted one', '\\Q(\\Ea)|(b', '(ax', true],
    ['an escaped parenthesis closes nothing', 'a\\)|b{1,2}\\(', 'a)x', false],
    ['a character beyond the BMP is one', 'a.b', 'a😀b', true],
  ])('%s', (_what, pattern, value, matches) => {
    const regex = compileRegex(pattern);
    expect(regex.matches(value)).toBe(matches);
    expect(regex.groups(value) !== undefined).toBe(matches);
  });

  it('tells the groups that took part from those that did not', () => {
    const regex = compileRegex('(a)|(b)(c*)');
    expect([...regex.groups('a')!]).toEqual(['a', 'a', undefined, undefined]);
    expect([...regex.groups('b')!]).toEqual(['b', undefined, 'b', '']);
    expect(regex.groups('x')).toBeUndefined();
  });

  it('answers the second time as the first, with its cache full and emptied', () => {
    const regex = compileRegex('(?i)v([0-9]+|x)');
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 2_500; i++) {
        expect(regex.groups(`v${i}`)).toEqual([`v${i}`, `${i}`]);
        expect(regex.groups(`w${i}`)).toBeUndefined();
        expect(regex.matches(`v${i}`)).toBe(true);
        expect(regex.matches(`w${i}`)).toBe(false);
      }
    }
  });

  it('a value that is long and one that is short are matched alike', () => {
    const regex = compileRegex('.*,v([0-9]+),.*');
    for (const length of [0, 100, 200, 300, 10_000]) {
      const value = `${'x'.repeat(length)},v1,v2,`;
      expect([...regex.groups(value)!]).toEqual([value, '2']);
      expect([regex.matches(value), regex.matches(`${value}v3`)]).toEqual([true, true]);
      expect(regex.matches(value.replaceAll('v', 'w'))).toBe(false);
      expect(regex.groups(value.replaceAll('v', 'w'))).toBeUndefined();
    }
  });

  it.each(['(a+)+$', '(a*)*b?', '(a|aa)+'])('%s takes linear time on 100 kB', (pattern) => {
    // A backtracking engine would not come back before the test times out.
    const long = 'a'.repeat(100_000);
    const regex = compileRegex(pattern);
    expect([regex.matches(long), regex.groups(`${long}!`)]).toEqual([true, undefined]);
    expect(regex.groups(long)?.[0]).toBe(long);
  });

  it.each(['.*a.*b.*c', '.*,v([0-9]+),.*', '(.+):(.+)', '(a|a|a|a)+b'])(
    '%s takes linear time on 100 kB that it does not match',
    (pattern) => {
      const regex = compileRegex(pattern);
      const long = 'a'.repeat(100_000);
      expect([regex.matches(long), regex.groups(long)]).toEqual([false, undefined]);
    },
  );
});

describe('checkRegex', () => {
  it.each(['', 'foo', '(.*)', '(?i)a', '(?P<n>a)', '(?<n>a)|(?<n>b)', 'a)(b', '\\pN', 'a{1000}'])(
    '%s is good',
    (pattern) => expect(checkRegex(pattern)).toBeUndefined(),
  );

  it.each([
    ['(', 'missing closing )'],
    ['a)', 'unexpected )'],
    ['*', 'missing argument to repetition operator'],
    ['a**', 'invalid nested repetition operator at **'],
    ['(a)\\1', 'invalid escape sequence at \\1'],
    ['a{1001}', 'invalid repeat count at {1001}'],
    ['((a{100}){100}){100}', 'invalid repeat count at {100}'],
    ['[z-a]', 'invalid character class range at z-a'],
    ['\\p{Foo}', 'invalid character class range'],
    ['(?=x)', 'RE2 has no lookahead and no lookbehind'],
    ['(?<!x)y', 'RE2 has no lookahead and no lookbehind'],
    ['a\\', 'trailing backslash at end of expression'],
  ])('%s: %s', (pattern, problem) => {
    expect(checkRegex(pattern)).toBe(problem);
    expect(() => compileRegex(pattern)).toThrow();
  });

  it('groups nested without end are refused, not followed', () => {
    const nested = '('.repeat(100_000) + ')'.repeat(100_000);
    expect(checkRegex(nested)).toBe('expression nests too deeply');
  });
});
