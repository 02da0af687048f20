import type { Clock } from './clock.js';
import type { AgentConfig } from './config/agent-config.js';
import { type DiscoveredJob, DiscoveryManager } from './discovery/discovery-manager.js';
import type { OnGroups } from './discovery/job-discovery.js';
import type { Logger } from './logger.js';
import { lookupThrough } from './scrape/threads/lookup-through.js';
import type { NameResolver } from './scrape/threads/name-resolver.js';

/** The discoveries as the configuration at the start has them. */
export function createDiscoveryManager(
  config: AgentConfig,
  resolver: NameResolver,
  onGroups: OnGroups,
  clock: Clock,
  logger: Logger,
): DiscoveryManager {
  const { allowLinkLocalRedirects, threads } = config.agent;
  return new DiscoveryManager({
    jobs: discoveredJobs(config),
    onGroups,
    httpClient: { lookup: lookupThrough(resolver), allowLinkLocalRedirects },
    mayStartThreads: threads > 0,
    clock,
    logger,
  });
}

export function discoveredJobs({ scrapeConfigs }: AgentConfig): DiscoveredJob[] {
  return scrapeConfigs.map(({ job, discoveries }) => ({ job: job.name, discoveries }));
}
