import { PromAgentError } from '../errors.js';
import type { RegistryLike } from './registry.js';

/**
 * A registry of the agent's own, for a host that gave none. The one place where prom-client is
 * loaded: it is a peer, and an app that brings its registry may have another copy or a fork.
 */
export async function createRegistry(defaultMetrics: boolean): Promise<RegistryLike> {
  let client: typeof import('prom-client');
  try {
    client = await import('prom-client');
  } catch (cause) {
    throw new PromAgentError(
      'REGISTRY_MISSING',
      'prom-client is not installed: install it beside prom-agent, or pass the `registry` your app uses',
      { cause },
    );
  }
  const { Registry, collectDefaultMetrics } = client;
  const registry = new Registry();
  if (defaultMetrics) collectDefaultMetrics({ register: registry });
  return registry as unknown as RegistryLike;
}
