import { describe, expect, it } from 'vitest';
import { unnameGroups } from './named-groups.js';

describe('unnameGroups', () => {
  it.each([
    ['(?P<a>x)', '(x)', { a: [1] }],
    ['(?<a>x)', '(x)', { a: [1] }],
    ['(x)(?P<a>y)|(?P<a>z)', '(x)(y)|(z)', { a: [2, 3] }],
    ['(?:x)(?i)(?P<a>y)', '(?:x)(?i)(y)', { a: [1] }],
    ['\\((?P<a>y)', '\\((y)', { a: [1] }],
    ['[(](?P<a>y)', '[(](y)', { a: [1] }],
    ['[](](?P<a>y)', '[](](y)', { a: [1] }],
    ['[^](](?P<a>y)', '[^](](y)', { a: [1] }],
    ['[[:alpha:](](?P<a>y)', '[[:alpha:](](y)', { a: [1] }],
    ['[\\](](?P<a>y)', '[\\](](y)', { a: [1] }],
    ['\\Q(?P<b>\\E(?P<a>y)', '\\Q(?P<b>\\E(y)', { a: [1] }],
    ['\\Q(?P<b>', '\\Q(?P<b>', {}],
    ['(?P<ä>y)', '(?P<ä>y)', {}],
    ['(?<=x)y', '(?<=x)y', {}],
  ])('%s', (pattern, unnamed, names) => {
    const result = unnameGroups(pattern);
    expect([result.pattern, Object.fromEntries(result.names)]).toEqual([unnamed, names]);
  });
});
