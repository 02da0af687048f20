import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.js';
import type { AgentConfig } from './config/agent-config.js';
import { keptTarget } from './kept-target.js';
import type { Logger } from './logger.js';
import { threadFile } from './scrape/shard/thread-file.js';
import { ScrapePool } from './scrape/threads/scrape-pool.js';
import type { TargetBuilds } from './targets/target-builds.js';
import { version } from './version.js';

/** The scrape threads as the configuration at the start has them. */
export function createScrapePool(
  { agent, externalLabels, remoteWrites, kafkaWrites, pushgatewayWrites }: AgentConfig,
  givenThreadFile: URL | string | undefined,
  builds: TargetBuilds,
  clock: Clock,
  logger: Logger,
): ScrapePool {
  return new ScrapePool({
    threads: agent.threads,
    threadFile: threadFile(givenThreadFile),
    boot: {
      externalLabels,
      remoteWrites,
      kafkaWrites,
      pushgatewayWrites,
      threadMemoryBytes: agent.threadMemoryBytes,
      seriesLimits: {
        total: agent.seriesLimit,
        perJob: agent.jobSeriesLimit,
        perTarget: agent.targetSeriesLimit,
      },
      userAgent: `prom-agent/${version}`,
      allowLinkLocalRedirects: agent.allowLinkLocalRedirects,
      fileLock: new SharedArrayBuffer(4),
      queue: agent.queue,
      agentId: randomBytes(4).toString('hex'),
    },
    discovered: (targetId) => {
      const target = builds.find(targetId);
      return target && keptTarget(builds, target);
    },
    clock,
    logger,
  });
}
