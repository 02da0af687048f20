import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { globalUrl } from './global-url.js';

const here = hostname();

test.each([
  ['http://localhost:9100/metrics', `http://${here}:9100/metrics`],
  ['https://127.0.0.1/metrics', `https://${here}/metrics`],
  ['http://[::1]:1/metrics?a=b', `http://${here}:1/metrics?a=b`],
  ['//[::1]:1', `//${here}:1`],
  ['http://localhosts:1/metrics', 'http://localhosts:1/metrics'],
  ['http://Host.example:80/a b/../c', 'http://Host.example:80/a b/../c'],
  ['http://010:9100/', 'http://010:9100/'],
  ['http://%C3%A9/metrics', 'http://%C3%A9/metrics'],
])('%s is reached from elsewhere at %s', (url, global) => {
  expect(globalUrl(url)).toBe(global);
});
