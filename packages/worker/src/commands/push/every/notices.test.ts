import { expect, test } from 'vitest';
import { Notices } from './notices.js';

test('trouble is told once, when it changes, and when it is over', () => {
  const said: string[] = [];
  const notices = new Notices((line) => said.push(line));
  const tell = (...words: string[]) =>
    notices.tell('x', words.length === 0 ? undefined : words, 'over');
  tell();
  tell('a', 'b');
  tell('a', 'b');
  tell('c');
  notices.tell('y', ['a'], 'y is over');
  tell();
  tell();
  expect(said).toEqual(['a', 'b', 'c', 'a', 'over']);
});
