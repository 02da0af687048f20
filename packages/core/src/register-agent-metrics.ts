import type { DiscoveryManager } from './discovery/discovery-manager.js';
import { latencyBuckets } from './outputs/send-latency.js';
import type { OwnedTargets } from './pool/owned-targets.js';
import type { ConfigReloads } from './reload/config-reloads.js';
import type { ScrapePool } from './scrape/threads/scrape-pool.js';
import { createAgentMetrics } from './self/agent-metrics.js';
import { registerMetric } from './self/register-metric.js';
import type { RegistryLike, RegistryMetric } from './self/registry.js';
import type { RegistryRenderer } from './self/registry-renderer.js';
import type { TargetBuilds } from './targets/target-builds.js';
import { version } from './version.js';

export interface MeasuredParts {
  readonly owned: OwnedTargets;
  readonly builds: TargetBuilds;
  readonly scrapePool: ScrapePool;
  readonly discovery: DiscoveryManager;
  readonly reloads: ConfigReloads;
  readonly renderer: RegistryRenderer;
  jobs(): readonly string[];
}

/**
 * Puts the agent's metrics into a registry; they are read from its parts at each scrape.
 * @throws PromAgentError REGISTRY_CONFLICT
 */
export function registerAgentMetrics(
  registry: RegistryLike,
  { owned, builds, scrapePool, discovery, reloads, renderer, jobs }: MeasuredParts,
): RegistryMetric[] {
  const { totals } = scrapePool;
  const metrics = createAgentMetrics({
    version,
    targetsByJob: () => owned.countByJob(jobs()),
    droppedByJob: () => builds.droppedCounts(),
    discoveryFailing: () => discovery.failing(),
    discoveredTargets: () => discovery.discoveredTargets(),
    discoveryCounters: () => discovery.counters,
    configReloadSuccessful: () => reloads.isLastGood,
    configReloadSuccessMs: () => reloads.successMs,
    threadRestarts: () => scrapePool.threadRestarts,
    quarantinedTargets: () => scrapePool.quarantinedTargets,
    targetMoves: () => scrapePool.moves,
    threadMemoryBytes: () => totals.memoryBytes(),
    counters: () => totals.sum().counters,
    outputs: () => totals.sum().outputs,
    latencyBuckets,
    collectFailures: () => renderer.failures,
  });
  const advice = 'rename it, or give prom-agent a registry of its own';
  for (const metric of metrics) registerMetric(registry, metric, advice);
  return metrics;
}
