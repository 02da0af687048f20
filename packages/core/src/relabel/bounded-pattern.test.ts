import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { type BoundedRegExp, boundedRegExp } from './bounded-pattern.js';
import { readPatternParts } from './pattern-parts.js';

const atom = fc.constantFrom('a', 'b', ',', '.', '\\.', '\\d', '[^,]', '[a-c]', '[0-9]', '');
const repeat = fc.constantFrom('', '', '', '+', '*', '?');
const step = fc.tuple(atom, repeat).map(([chars, again]) => (chars === '' ? '' : chars + again));
const steps = fc.array(step, { maxLength: 3 }).map((parts) => parts.join(''));
const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  pattern: fc
    .array(fc.array(tie('part'), { maxLength: 3 }), { minLength: 1, maxLength: 3 })
    .map((alternatives) => alternatives.map((parts) => parts.join('')).join('|')),
  part: fc.oneof(
    { maxDepth: 2 },
    steps,
    tie('pattern').map((inner) => `(${inner})`),
    tie('pattern').map((inner) => `(?:${inner})`),
  ),
}));
const anchored = fc
  .tuple(fc.constantFrom('', '', '^'), pattern, fc.constantFrom('', '', '$'))
  .map((parts) => parts.join(''));
const value = fc
  .array(fc.constantFrom('a', 'b', 'c', ',', '.', '0', '9', 'é', '😀', '\n'), { maxLength: 9 })
  .map((chars) => chars.join(''));

describe('boundedRegExp', () => {
  it('finds the same groups as RE2, or leaves the pattern to it', () => {
    let found = 0;
    fc.assert(
      fc.property(anchored, fc.array(value, { minLength: 8, maxLength: 8 }), (text, values) => {
        const bounded = read(text);
        if (bounded === undefined) return;
        found++;
        // What RE2 refuses throws here.
        const re2 = RE2JS.compile(`^(?s:${text})$`);
        for (const one of values) expect(groupsOf(bounded.regExp, one)).toEqual(ofRe2(re2, one));
      }),
      { numRuns: 3_000 },
    );
    expect(found).toBeGreaterThan(100);
  });

  it.each([
    ['.*,prod,.*', ',a,prod,b,', [',a,prod,b,']],
    ['.*,v([0-9]+),.*', ',v1,v22,x,', [',v1,v22,x,', '22']],
    ['.*,(team-[^,]+),.*', ',team-a,', [',team-a,', 'team-a']],
    ['metrics|http-.*', 'http-', ['http-']],
    ['1[0-5]|[0-9]', '16', undefined],
    ['(.+):(.+)', 'a:b:c', ['a:b:c', 'a:b', 'c']],
    ['^(a|b).+$', 'bc', ['bc', 'b']],
    ['(web|(db))-x.*', 'web-x', ['web-x', 'web', undefined]],
  ])('%s on %s', (text, one, groups) => {
    expect(groupsOf(read(text)!.regExp, one)).toEqual(groups);
  });

  it.each([
    ['each repetition that may end anywhere', '.*a', 223],
    ['two of them', '.*a.*b', 36],
    ['what repeats up to the end takes all', 'a[0].*', 512],
    ['what cannot go on with what follows ends where it must', '.*,[^,]+,.*', 223],
    ['alternatives', '(a|b|c|d).*x', 111],
    ['options', 'a?b?.*x', 111],
  ])('%s: how long a text of %s may be', (_what, text, longest) => {
    expect(read(text)!.longestText).toBe(longest);
  });

  it.each([
    ['too many repetitions', '.*a.*b.*c.*d'],
    ['too many options', 'a?'.repeat(20)],
    ['too many alternatives', '(a|b)'.repeat(12)],
    ['a repeated group', '(a|b)*'],
    ['an optional group', '(a|b)?'],
    ['an anchor of one alternative', '^a|b'],
    ['an anchor of another', 'a|b$'],
    ['an anchor within', 'a.*(^b)'],
    ['an open group', '(a|b'],
    ['a closed one', 'a|b)'],
    ['a pattern that leaves our group', 'a)|(b'],
  ])('leaves %s to the automaton', (_what, text) => {
    expect(read(text)).toBeUndefined();
  });

  it('no text takes more than some thousand times its length', () => {
    // At the longest text, the slowest of its kind; the test times out where the bound is none.
    for (const text of ['.*a.*b', '.*[ab]+c', '(a|a|a|a).*b', 'a?a?a?a?.*b']) {
      const { regExp, longestText } = read(text)!;
      for (let i = 0; i < 100; i++) expect(regExp.test('a'.repeat(longestText))).toBe(false);
    }
  });
});

function read(pattern: string): BoundedRegExp | undefined {
  const parts = readPatternParts(pattern);
  return parts && boundedRegExp(parts);
}

function groupsOf(regExp: RegExp, text: string) {
  const groups = regExp.exec(text);
  return groups === null ? undefined : [...groups];
}

function ofRe2(re2: RE2JS, text: string) {
  const matcher = re2.matcher(text);
  if (!matcher.matches()) return undefined;
  return Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? undefined);
}
