import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { version } from './version.js';

test.each(['core', 'fastify', 'express', 'worker'])('%s has the version the code says', (name) => {
  const file = new URL(`../../${name}/package.json`, import.meta.url);
  expect(JSON.parse(readFileSync(file, 'utf8')).version).toBe(version);
});
