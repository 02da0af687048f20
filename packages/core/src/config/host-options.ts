import type { Clock } from '../clock.js';
import type { Logger } from '../logger.js';
import type { RegistryLike } from '../self/registry.js';

/** What a host injects; the configuration's own options are in agent-options.ts. */
export interface HostOptions {
  /** A prom-client registry (any copy, any fork). Default: a new one with the default metrics. */
  registry?: RegistryLike;
  logger?: Logger;
  clock?: Clock;
  /** Default of `agent.self.job`. Default: the name in the service's package.json. */
  serviceName?: string;
  /** Scrape threads where `agent.threads` says none. Default 1: an agent inside a service. */
  defaultThreads?: number;
  /** Directory of the durable queue where `agent.queue.path` says none. Default: none, queues are in memory. */
  defaultQueuePath?: string;
  /** prom-client's default metrics in a registry the agent makes. Default true; not beside `registry`. */
  defaultMetrics?: boolean;
  /** File of the scrape threads, for bundlers that move it. Default: the one beside this package. */
  threadFile?: URL | string;
}

/** What an agent in a framework takes beside its own options, and a NodeHandler (`http/node-handler.ts`). */
export const frameworkOptions: readonly string[] = [
  'http',
  'client',
  'endpoint',
  'federateEndpoint',
  'metricsServer',
  'onError',
];

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
