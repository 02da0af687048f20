import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { holdRegistry } from './hold-registry.js';
import type { RegistryLike } from './registry.js';

const registry = new Registry() as unknown as RegistryLike;

it.each<[string, object]>([
  // The module instead of its registry.
  ['registry: expected a registry of prom-client', { registry: { register: registry } }],
  ['registry: expected a registry of prom-client', { registry: null }],
  ['defaultMetrics: a registry that is given keeps', { registry, defaultMetrics: true }],
])('refuses %s', async (words, options) => {
  await expect(holdRegistry(options)).rejects.toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(words) }),
  );
});

it.each([{ registry }, { registry, defaultMetrics: false }])(
  'leaves a registry that is given as it is',
  async (options) => {
    const held = await holdRegistry(options);
    expect(held.registry).toBe(registry);
    expect(registry.getMetricsAsArray()).toEqual([]);
    held.close();
  },
);
