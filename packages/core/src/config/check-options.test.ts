import { expect, test } from 'vitest';
import { PromAgentError } from '../errors.js';
import type { AgentOptions } from './agent-options.js';
import { resolveAside } from './resolve-aside.js';

// biome-ignore format: one case a line.
test.each<[given: unknown, message: string]>([
  ['prometheus.yml', 'options: found "prometheus.yml", expected an object such as { configFile: \'prometheus.yml\' }'],
  [null, 'options: found null, expected an object such as { configFile: \'prometheus.yml\' }'],
  [[], 'options: found an empty array, expected an object such as { configFile: \'prometheus.yml\' }'],
  [9464, 'options: found 9464, expected an object such as { configFile: \'prometheus.yml\' }'],
  [{ configFile: '' }, 'configFile: found "", expected the path of a file as text'],
  [{ configFile: new URL('file:///p.yml') }, 'configFile: found an object, expected the path of a file as text'],
])('an agent of %j says what it was to be given', async (given, message) => {
  const refusal = await resolveAside(given as AgentOptions, {}).catch((error: unknown) => error);
  expect(PromAgentError.is(refusal)).toBe(true);
  expect(refusal).toMatchObject({ code: 'CONFIG_INVALID', message });
});
