import { expect, test } from 'vitest';
import { OneScrapeEach } from './one-scrape-each.js';

const scrape = (target: string, timestamp: number) => ({
  headers: { target: Buffer.from(target) },
  timestamp: String(timestamp),
});
const stranger = { timestamp: '1' };

test.each([
  ['one scrape of each target', [scrape('a', 1), scrape('b', 1), scrape('c', 2)], 3],
  ['a scrape in several messages', [scrape('a', 1), scrape('a', 1), scrape('b', 1)], 3],
  ['the next scrape of a target waits', [scrape('a', 1), scrape('b', 1), scrape('a', 2)], 2],
  ['so does a scrape before it', [scrape('a', 2), scrape('a', 1)], 1],
  ['messages of nobody knows whom', [stranger, stranger, scrape('a', 1)], 3],
])('%s', (_, messages, count) => {
  const request = new OneScrapeEach(true);
  const refused = messages.findIndex((message) => !request.add(message));
  expect(refused < 0 ? messages.length : refused).toBe(count);
});

test('where strangers must not come together each is a request', () => {
  const request = new OneScrapeEach(false);
  expect([stranger, stranger].map((message) => request.add(message))).toEqual([true, false]);
});
