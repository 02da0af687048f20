import { isDeepStrictEqual } from 'node:util';
import type { AgentConfig, ScrapeConfig } from '../config/agent-config.js';

/** What another configuration means to a running agent. */
export interface ConfigChanges {
  /** Names of jobs that are gone. */
  readonly removedJobs: readonly string[];
  /** New jobs, and those whose targets may come out otherwise. */
  readonly changedJobs: readonly ScrapeConfig[];
  /** remote_write, kafka_write or pushgateway_write blocks or external_labels are others. */
  readonly outputs: boolean;
  readonly pool: boolean;
  /** How the own registry is scraped or pushed is another. */
  readonly self: boolean;
  /** Settings that only a new process takes. */
  readonly needRestart: readonly string[];
}

const restartSettings = [
  'threads',
  'threadMemoryBytes',
  'seriesLimit',
  'jobSeriesLimit',
  'targetSeriesLimit',
  'queue',
] as const;

/** Compares the configuration in effect with the one that comes. */
export function configChanges(now: AgentConfig, next: AgentConfig): ConfigChanges {
  const jobsNow = new Map(now.scrapeConfigs.map((config) => [config.job.name, config]));
  const namesNext = new Set(next.scrapeConfigs.map(({ job }) => job.name));
  return {
    removedJobs: [...jobsNow.keys()].filter((name) => !namesNext.has(name)),
    changedJobs: next.scrapeConfigs.filter(
      (config) => !hasSameTargets(jobsNow.get(config.job.name), config),
    ),
    outputs:
      !isDeepStrictEqual(now.externalLabels, next.externalLabels) ||
      !isDeepStrictEqual(now.remoteWrites, next.remoteWrites) ||
      !isDeepStrictEqual(now.kafkaWrites, next.kafkaWrites) ||
      !isDeepStrictEqual(now.pushgatewayWrites, next.pushgatewayWrites),
    pool: !isDeepStrictEqual(now.pool, next.pool),
    self:
      !isDeepStrictEqual(now.agent.self, next.agent.self) ||
      hasSelf(now) !== hasSelf(next) ||
      !isDeepStrictEqual(selfPushes(now), selfPushes(next)) ||
      selfFormat(now) !== selfFormat(next),
    needRestart: restartSettings.filter(
      (field) => !isDeepStrictEqual(now.agent[field], next.agent[field]),
    ),
  };
}

/** The own registry is a target as soon as there is somewhere to send it. */
export function hasSelf(config: AgentConfig): boolean {
  const { agent, remoteWrites, kafkaWrites, pushgatewayWrites } = config;
  const ofTargets = pushgatewayWrites.filter(({ source }) => source === 'targets');
  return agent.self.enabled && remoteWrites.length + kafkaWrites.length + ofTargets.length > 0;
}

function selfPushes({ pushgatewayWrites }: AgentConfig): AgentConfig['pushgatewayWrites'] {
  return pushgatewayWrites.filter(({ source }) => source === 'self');
}

/**
 * How the own registry reaches its thread: text costs the service's event loop less, protobuf has
 * native histograms and exemplars too.
 */
export function selfFormat({ agent, remoteWrites, kafkaWrites }: AgentConfig): 'text' | 'protobuf' {
  const isWanted =
    agent.self.scrapeNativeHistograms ||
    [...remoteWrites, ...kafkaWrites].some(({ sendExemplars }) => sendExemplars);
  return isWanted ? 'protobuf' : 'text';
}

/** Its discoveries apart, which are compared one by one where they run. */
function hasSameTargets(now: ScrapeConfig | undefined, next: ScrapeConfig): boolean {
  if (now === undefined) return false;
  return isDeepStrictEqual({ ...now, discoveries: [] }, { ...next, discoveries: [] });
}
