import type { AgentMetricRow } from './agent-metrics.js';
import type { RegistrySample } from './registry.js';

/** What the metrics of discovery are read from, at the moment of a scrape. */
export interface DiscoveryMetricsSource {
  /** Discoveries that failed at their last attempt, by job. */
  discoveryFailing(): ReadonlyMap<string, number>;
  /** Targets before relabelling, by job. */
  discoveredTargets(): ReadonlyMap<string, number>;
  discoveryCounters(): DiscoveryCountersView;
}

export interface DiscoveryCountersView {
  readonly received: number;
  readonly passedOn: number;
  failures(): Iterable<{
    readonly mechanism: string;
    readonly config: string;
    readonly count: number;
  }>;
}

/** Prometheus' discovery also finds Alertmanagers, and so names what it finds. */
function ofScrapes(value: number, labels: Readonly<Record<string, string>> = {}): RegistrySample {
  return { value, labels: { name: 'scrape', ...labels } };
}

/** Words after `prom_agent_` and labels as in Prometheus' discovery/metrics.go. */
export const discoveryRows: readonly AgentMetricRow[] = [
  {
    name: 'prom_agent_sd_failed',
    help: '1 while the last attempt of a discovery of the job failed and its last good targets are used.',
    type: 'gauge',
    aggregator: 'max',
    samples: (s) =>
      Array.from(s.discoveryFailing(), ([job, failing]) => ({
        value: failing > 0 ? 1 : 0,
        labels: { scrape_job: job },
      })),
  },
  {
    name: 'prom_agent_sd_failed_configs',
    help: 'Discoveries whose last attempt failed.',
    type: 'gauge',
    samples: (s) => [ofScrapes([...s.discoveryFailing().values()].reduce((a, b) => a + b, 0))],
  },
  {
    name: 'prom_agent_sd_discovered_targets',
    help: 'Targets that discovery knows, before relabelling, by job.',
    type: 'gauge',
    samples: (s) =>
      Array.from(s.discoveredTargets(), ([config, value]) => ofScrapes(value, { config })),
  },
  {
    name: 'prom_agent_sd_refresh_failures_total',
    help: 'Failed attempts of discoveries, by kind and job.',
    type: 'counter',
    samples: (s) =>
      Array.from(s.discoveryCounters().failures(), ({ mechanism, config, count }) => ({
        value: count,
        labels: { mechanism, config },
      })),
  },
  {
    name: 'prom_agent_sd_received_updates_total',
    help: 'Updates that discoveries gave, errors included.',
    type: 'counter',
    samples: (s) => [ofScrapes(s.discoveryCounters().received)],
  },
  {
    name: 'prom_agent_sd_updates_total',
    help: 'Updates that targets were built from; those that come too fast are joined.',
    type: 'counter',
    samples: (s) => [ofScrapes(s.discoveryCounters().passedOn)],
  },
];
