import { expect, it } from 'vitest';
import { checkEndpoints } from './check-endpoints.js';

it.each<[unknown, boolean]>([
  ['/metrics', true],
  ['/', true],
  [false, true],
  ['metrics', false],
  ['', false],
  [null, false],
  [true, false],
])('a path %s is right: %s', (endpoint, isRight) => {
  const check = () => checkEndpoints({ endpoint: endpoint as string, federateEndpoint: false });
  if (isRight) expect(check).not.toThrow();
  else expect(check).toThrow(/^endpoint: expected a path that begins with \/, or false, got/);
});
