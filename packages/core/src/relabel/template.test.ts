// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these templates are Go's.
import { describe, expect, it } from 'vitest';
import { compileRegex } from './regex.js';
import { compileTemplate } from './template.js';

// 1: the first letter, n = 2: the second; 3 takes no part; m is 3 or, failing that, 4.
const regex = compileRegex('(a)(?P<n>b)(?:(?P<m>x)|(?P<m>c))');
const groups = regex.groups('abc') ?? [];

describe('compileTemplate', () => {
  it.each([
    ['', ''],
    ['plain', 'plain'],
    ['$1', 'a'],
    ['${1}x', 'ax'],
    ['$1x', ''],
    ['$1-$2', 'a-b'],
    ['$0', 'abc'],
    ['$n.${n}_', 'b.b_'],
    ['$n_', ''],
    ['$m', 'c'],
    ['$3', ''],
    ['$9', ''],
    ['$01', ''],
    ['$1é', ''],
    ['$$1', '$1'],
    ['$$$1', '$a'],
    ['$', '$'],
    ['$-', '$-'],
    ['a$', 'a$'],
    ['${', '${'],
    ['${1', '${1'],
    ['${}', '${}'],
    ['${-}', '${-}'],
    ['$&$`', '$&$`'],
    ['$constructor', ''],
    ['$999999999999', ''],
  ])('%s gives %j', (template, expanded) => {
    expect(compileTemplate(template, regex).expand(groups)).toBe(expanded);
  });

  it.each([
    ['plain', 'plain'],
    ['$$', '$'],
    ['$unknown', ''],
    ['$1', undefined],
  ])('%s is constant: %j', (template, constant) => {
    expect(compileTemplate(template, regex).constant).toBe(constant);
  });
});
