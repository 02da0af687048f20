import { AgentHistogram, type LatencyBuckets } from './agent-histogram.js';
import { type ConfigMetricsSource, configRows } from './config-metrics.js';
import { type DiscoveryMetricsSource, discoveryRows } from './discovery-metrics.js';
import { type MoveMetricsSource, moveRows } from './move-metrics.js';
import { type LatencyView, type OutputView, outputRows, queueRows } from './output-metrics.js';
import { pushgatewayRows } from './pushgateway-metrics.js';
import type { RegistryMetric, RegistryMetricValues, RegistrySample } from './registry.js';
import { RegistryName, underName } from './registry-name.js';

/** What the metrics of the agent are read from, at the moment of a scrape. */
export interface AgentMetricsSource
  extends ConfigMetricsSource,
    DiscoveryMetricsSource,
    MoveMetricsSource {
  readonly version: string;
  /** Targets owned, by job. */
  targetsByJob(): ReadonlyMap<string, number>;
  /** Targets of all members before ownership, and those dropped, by job. */
  droppedByJob(): ReadonlyMap<string, number>;
  threadRestarts(): number;
  threadMemoryBytes(): readonly number[];
  counters(): CountersView;
  outputs(): readonly OutputView[];
  /** Of the latencies of outputs. */
  readonly latencyBuckets: LatencyBuckets;
  /** Collects of the host's own metrics that threw or hung, by metric. */
  collectFailures(): ReadonlyMap<string, number>;
}

export interface CountersView {
  readonly scrapes: number;
  readonly scrapesFailed: Readonly<Record<string, number>>;
  readonly ticksSkipped: number;
  readonly samplesScraped: number;
  readonly samplesPostRelabelling: number;
  readonly samplesRefused: Readonly<
    Record<'duplicate_timestamp' | 'out_of_order' | 'out_of_bounds' | 'series_limit', number>
  >;
  readonly staleMarkers: number;
  readonly seriesAdded: number;
  readonly bodyBytes: number;
  readonly series: number;
}

/** A row of the table. */
export type AgentMetricRow = ValueMetricRow | HistogramMetricRow;

interface ValueMetricRow {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  /** Of agents that show it together. Default: they add up. */
  readonly aggregator?: RegistryMetric['aggregator'];
  samples(source: AgentMetricsSource): RegistrySample[];
}

export interface HistogramMetricRow {
  readonly name: string;
  readonly help: string;
  readonly type: 'histogram';
  latencies(
    source: AgentMetricsSource,
  ): { readonly labels: RegistrySample['labels']; readonly latency: LatencyView }[];
}

const one = (value: number): RegistrySample[] => [{ value, labels: {} }];

function byLabel(label: string, values: Iterable<readonly [string, number]>): RegistrySample[] {
  return Array.from(values, ([name, value]) => ({ value, labels: { [label]: name } }));
}

/**
 * Every metric of the agent. Where Prometheus has a metric for the same thing the words after
 * `prom_agent_` and the labels are Prometheus' (scrape/metrics.go, storage/remote/queue_manager.go).
 */
export const agentMetricRows: readonly AgentMetricRow[] = [
  {
    name: 'prom_agent_build_info',
    help: 'Always 1; labels say which agent on which Node.js.',
    type: 'gauge',
    aggregator: 'first',
    samples: (s) => [{ value: 1, labels: { version: s.version, nodeversion: process.version } }],
  },
  {
    name: 'prom_agent_target_scrape_pool_targets',
    help: 'Targets this agent scrapes, by job.',
    type: 'gauge',
    samples: (s) => byLabel('scrape_job', s.targetsByJob()),
  },
  {
    name: 'prom_agent_dropped_targets',
    help: 'Discovered targets that are not scraped (relabelling, duplicate, invalid), by job.',
    type: 'gauge',
    samples: (s) => byLabel('scrape_job', s.droppedByJob()),
  },
  ...configRows,
  ...discoveryRows,
  {
    name: 'prom_agent_scrapes_total',
    help: 'Scrapes, good and failed.',
    type: 'counter',
    samples: (s) => one(s.counters().scrapes),
  },
  {
    name: 'prom_agent_scrapes_failed_total',
    help: 'Scrapes that ended in up 0, by reason.',
    type: 'counter',
    samples: (s) => byLabel('reason', Object.entries(s.counters().scrapesFailed)),
  },
  {
    name: 'prom_agent_scrape_ticks_skipped_total',
    help: 'Ticks without a scrape: the one before was still running, or the thread was late.',
    type: 'counter',
    samples: (s) => one(s.counters().ticksSkipped),
  },
  {
    name: 'prom_agent_scrape_samples_total',
    help: 'Samples in scraped bodies, before metric relabelling.',
    type: 'counter',
    samples: (s) => one(s.counters().samplesScraped),
  },
  {
    name: 'prom_agent_scrape_samples_post_metric_relabeling_total',
    help: 'Samples left after metric relabelling.',
    type: 'counter',
    samples: (s) => one(s.counters().samplesPostRelabelling),
  },
  {
    name: 'prom_agent_target_scrapes_sample_duplicate_timestamp_total',
    help: 'Samples not passed on because their series has one of the same time already.',
    type: 'counter',
    samples: (s) => one(s.counters().samplesRefused.duplicate_timestamp),
  },
  {
    name: 'prom_agent_target_scrapes_sample_out_of_order_total',
    help: 'Samples not passed on because their timestamp is older than the last one of their series.',
    type: 'counter',
    samples: (s) => one(s.counters().samplesRefused.out_of_order),
  },
  {
    name: 'prom_agent_target_scrapes_sample_out_of_bounds_total',
    help: 'Samples not passed on because their timestamp is more than 10 minutes ahead.',
    type: 'counter',
    samples: (s) => one(s.counters().samplesRefused.out_of_bounds),
  },
  {
    name: 'prom_agent_target_scrapes_sample_exceeded_series_limit_total',
    help: 'Samples not passed on because their series is beyond a series limit of the agent.',
    type: 'counter',
    samples: (s) => one(s.counters().samplesRefused.series_limit),
  },
  {
    name: 'prom_agent_scrape_series_added_total',
    help: 'Series seen for the first time.',
    type: 'counter',
    samples: (s) => one(s.counters().seriesAdded),
  },
  {
    name: 'prom_agent_stale_markers_total',
    help: 'Stale markers written.',
    type: 'counter',
    samples: (s) => one(s.counters().staleMarkers),
  },
  {
    name: 'prom_agent_scrape_body_bytes_total',
    help: 'Bytes of scraped bodies, decompressed.',
    type: 'counter',
    samples: (s) => one(s.counters().bodyBytes),
  },
  {
    name: 'prom_agent_series',
    help: 'Series of the targets this agent scrapes, the synthetic ones included.',
    type: 'gauge',
    samples: (s) => one(s.counters().series),
  },
  {
    name: 'prom_agent_thread_memory_bytes',
    help: 'Bytes of bodies and series a scrape thread accounts for against agent.thread_memory.',
    type: 'gauge',
    samples: (s) =>
      byLabel(
        'thread',
        s.threadMemoryBytes().map((bytes, thread) => [String(thread), bytes]),
      ),
  },
  {
    name: 'prom_agent_thread_restarts_total',
    help: 'Scrape threads that died and were replaced.',
    type: 'counter',
    samples: (s) => one(s.threadRestarts()),
  },
  ...moveRows,
  {
    name: 'prom_agent_collect_failures_total',
    help: 'Times a metric of the own registry was left out because its collect threw or hung.',
    type: 'counter',
    samples: (s) => byLabel('metric', s.collectFailures()),
  },
  ...outputRows,
  ...queueRows,
  ...pushgatewayRows,
];

/** The agent's metrics in the shape a prom-client registry takes. */
export function createAgentMetrics(source: AgentMetricsSource): RegistryMetric[] {
  return agentMetricRows.map((row) =>
    row.type === 'histogram' ? new AgentHistogram(row, source) : valueMetric(row, source),
  );
}

function valueMetric(row: ValueMetricRow, source: AgentMetricsSource): RegistryMetric {
  const { help, type, aggregator = 'sum' } = row;
  const name = new RegistryName(row.name);
  return underName(name, {
    help,
    type,
    aggregator,
    get(): RegistryMetricValues {
      return { name: name.take(), help, type, aggregator, values: row.samples(source) };
    },
    // Counters of threads cannot be set back; registry.resetMetrics() is a test's tool.
    reset() {},
  });
}
