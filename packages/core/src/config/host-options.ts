import type { HostOptions } from '../agent-api.js';

/** Options that are no part of the configuration. */
export const hostOptions: readonly string[] = Object.keys({
  configFile: true,
  registry: true,
  logger: true,
  clock: true,
  serviceName: true,
  defaultThreads: true,
  defaultQueuePath: true,
  defaultMetrics: true,
  threadFile: true,
} satisfies Record<keyof HostOptions | 'configFile', true>);
