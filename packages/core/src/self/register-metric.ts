import { PromAgentError } from '../errors.js';
import { canJoin, joinMetrics, membersOfMetric } from './joined-metric.js';
import type { RegistryLike, RegistryMetric } from './registry.js';

const ours = Symbol.for('prom-agent.metric');

/**
 * Puts a metric of ours into a registry. Where an agent that is not closed has one of that name there
 * (a second app of the process, a hot reload that left the first), the registry shows both as one. A
 * foreign one is the app's and stays.
 * @throws PromAgentError REGISTRY_CONFLICT
 */
export function registerMetric(
  registry: RegistryLike,
  metric: RegistryMetric,
  advice: string,
): void {
  const { name } = metric;
  const existing = registry.getSingleMetric(name) as RegistryMetric | undefined;
  if (existing === undefined || existing === null) {
    put(registry, metric);
    return;
  }
  if (!(ours in existing)) {
    throw conflict(
      name,
      `the registry already has a metric named ${name} that is not prom-agent's: ${advice}`,
    );
  }
  const members = membersOfMetric(existing);
  if (members.includes(metric)) return;
  if (!canJoin(members[0] as RegistryMetric, metric)) {
    throw conflict(
      name,
      `an agent that is not closed has ${name} in this registry, with other buckets or of another type: close() that agent first, give both the same options, or ${advice}`,
    );
  }
  replace(registry, name, joinMetrics([...members, metric]));
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

/** Takes a metric out again; those of other agents that are shown with it stay. */
export function unregisterMetric(registry: RegistryLike, metric: RegistryMetric): void {
  const { name } = metric;
  const existing = registry.getSingleMetric(name) as RegistryMetric | undefined;
  if (existing === undefined || existing === null) return;
  const members = membersOfMetric(existing);
  if (!members.includes(metric)) return;
  const others = members.filter((member) => member !== metric);
  if (others.length > 1) replace(registry, name, joinMetrics(others));
  else if (others[0] !== undefined) replace(registry, name, others[0]);
  else registry.removeSingleMetric(name);
}

function replace(registry: RegistryLike, name: string, metric: RegistryMetric): void {
  registry.removeSingleMetric(name);
  put(registry, metric);
}

function put(registry: RegistryLike, metric: RegistryMetric): void {
  Object.defineProperty(metric, ours, { value: true });
  registry.registerMetric(metric as never);
}

function conflict(metric: string, words: string): PromAgentError {
  return new PromAgentError('REGISTRY_CONFLICT', words, { data: { metric } });
}
