import { type Clock, systemClock } from '../clock.js';
import { PromAgentError } from '../errors.js';
import { ActiveResources } from './active-resources.js';
import { EventLoopLag } from './event-loop-lag.js';
import type { RegistryLike } from './registry.js';

/** The registry an agent shows. */
export interface HeldRegistry {
  readonly registry: RegistryLike;
  /** Lets go of what its default metrics watch, where they are the agent's. */
  close(): void;
}

interface HeldRegistryOptions {
  readonly registry?: RegistryLike;
  readonly defaultMetrics?: boolean;
  readonly clock?: Clock;
}

/**
 * The host's registry, or one of the agent's own where it gave none. The one place where prom-client is
 * loaded: it is a peer, and an app that brings its registry may have another copy or a fork.
 */
export async function holdRegistry(options: HeldRegistryOptions): Promise<HeldRegistry> {
  const { registry: given, defaultMetrics = true, clock = systemClock } = options;
  if (given !== undefined) {
    checkRegistry(given, options.defaultMetrics);
    return { registry: given, close() {} };
  }
  const { Registry, collectDefaultMetrics } = await loadPromClient();
  const register = new Registry();
  const registry = register as unknown as RegistryLike;
  if (!defaultMetrics) return { registry, close() {} };
  // Its own watch of the event loop never ticks: event-loop-lag.ts takes its place.
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: 2 ** 31 - 1 });
  const lag = new EventLoopLag(registry, clock);
  new ActiveResources(clock).replaceIn(registry);
  return { registry, close: () => lag.close() };
}

function checkRegistry(registry: unknown, defaultMetrics: boolean | undefined): void {
  const methods = ['registerMetric', 'getSingleMetric', 'removeSingleMetric', 'getMetricsAsArray'];
  const isRegistry = methods.every(
    (name) => typeof (registry as Record<string, unknown> | null)?.[name] === 'function',
  );
  if (!isRegistry) {
    throw new PromAgentError(
      'CONFIG_INVALID',
      'registry: expected a registry of prom-client, such as `client.register` or `new client.Registry()`',
      { data: { field: 'registry' } },
    );
  }
  if (defaultMetrics === true) {
    throw new PromAgentError(
      'CONFIG_INVALID',
      'defaultMetrics: a registry that is given keeps the default metrics it has; for those of prom-client call `collectDefaultMetrics({ register })` and leave this out',
      { data: { field: 'defaultMetrics' } },
    );
  }
}

async function loadPromClient(): Promise<typeof import('prom-client')> {
  try {
    return await import('prom-client');
  } catch (cause) {
    throw new PromAgentError(
      'REGISTRY_MISSING',
      'prom-client is not installed: install it beside prom-agent, or pass the `registry` your app uses',
      { cause },
    );
  }
}
