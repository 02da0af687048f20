import { expect, it } from 'vitest';
import { describeError } from './logging.js';

it.each([
  [new Error('gone'), 'gone'],
  [
    new Error('fetch failed', { cause: new Error('connect refused') }),
    'fetch failed: connect refused',
  ],
  [new TypeError(''), 'TypeError'],
  ['a string', 'a string'],
  [null, 'null'],
])('describes %s in one line', (thrown, text) => {
  expect(describeError(thrown)).toBe(text);
});

it('ends on an error that is its own cause', () => {
  const error = new Error('loop');
  error.cause = error;
  expect(describeError(error)).toMatch(/^loop(: loop)+$/);
});
