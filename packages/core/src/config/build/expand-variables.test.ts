import { expect, test } from 'vitest';
import { expandVariables } from './expand-variables.js';

test.each([
  ['$a', '<a>'],
  ['$a-b', '<a>-b'],
  ['${a}b', '<a>b'],
  ['${a b}', '<a b>'],
  ['$$a', '<$>a'],
  ['$1a', '<1>a'],
  ['x$', 'x$'],
  ['$', '$'],
  ['', ''],
  ['a $ b', 'a $ b'],
  ['$.', '$.'],
  ['a${}b', 'ab'],
  ['a${b', 'ab'],
  ['$a$b', '<a><b>'],
])('%j expands to %j', (text, expanded) => {
  expect(expandVariables(text, (name) => `<${name}>`)).toBe(expanded);
});
