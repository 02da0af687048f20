import { PromAgentError } from '../errors.js';
import type { RegistryLike, RegistryMetric } from './registry.js';

const ours = Symbol.for('prom-agent.metric');

/**
 * Puts a metric of ours into a registry. One of ours that is there already (an app built twice in a
 * test, a hot reload) gives way; a foreign one of the same name is the app's and stays.
 * @throws PromAgentError REGISTRY_CONFLICT
 */
export function registerMetric(
  registry: RegistryLike,
  metric: RegistryMetric,
  advice: string,
): void {
  const existing = registry.getSingleMetric(metric.name);
  if (existing !== undefined && existing !== null) {
    if (!(ours in Object(existing))) {
      throw new PromAgentError(
        'REGISTRY_CONFLICT',
        `the registry already has a metric named ${metric.name} that is not prom-agent's: ${advice}`,
        { data: { metric: metric.name } },
      );
    }
    registry.removeSingleMetric(metric.name);
  }
  Object.defineProperty(metric, ours, { value: true });
  registry.registerMetric(metric as never);
}

/** The same for several: all or none. */
export function registerMetrics(
  registry: RegistryLike,
  metrics: readonly RegistryMetric[],
  advice: string,
): void {
  const registered: RegistryMetric[] = [];
  try {
    for (const metric of metrics) {
      registerMetric(registry, metric, advice);
      registered.push(metric);
    }
  } catch (error) {
    for (const metric of registered) unregisterMetric(registry, metric);
    throw error;
  }
}

/** Takes a metric out again, unless another has taken its place. */
export function unregisterMetric(registry: RegistryLike, metric: RegistryMetric): void {
  if (registry.getSingleMetric(metric.name) === metric) registry.removeSingleMetric(metric.name);
}
