import { expect, test } from 'vitest';
import { isLinkLocal } from './link-local.js';

test.each<[host: string, isIt: boolean]>([
  ['169.254.169.254', true],
  ['169.254.0.0', true],
  ['169.253.255.255', false],
  ['169.255.0.0', false],
  ['10.0.0.1', false],
  ['[fe80::1]', true],
  ['fe80::1%eth0', true],
  ['[febf::1]', true],
  ['[fec0::1]', false],
  ['[::ffff:169.254.169.254]', true],
  ['[::ffff:a9fe:a9fe]', true],
  ['[::ffff:10.0.0.1]', false],
  ['[::169.254.169.254]', true],
  ['[64:ff9b::169.254.169.254]', true],
  ['[64:ff9b::10.0.0.1]', false],
  ['[::1]', false],
  ['169.254.169.254.example.com', false],
  ['localhost', false],
])('%s is link-local: %s', (host, isIt) => {
  expect(isLinkLocal(host)).toBe(isIt);
});

// Spellings a redirect may choose; URL makes plain addresses of them.
test.each(['2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '169.16689662', '①⑥⑨.254.169.254'])(
  'http://%s/ is seen through',
  (host) => {
    expect(isLinkLocal(new URL(`http://${host}/`).hostname)).toBe(true);
  },
);
