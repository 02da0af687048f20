import { type ConfigMetricsSource, configRows } from './config-metrics.js';
import { type DiscoveryMetricsSource, discoveryRows } from './discovery-metrics.js';
import { type MoveMetricsSource, moveRows } from './move-metrics.js';
import { queueRows } from './queue-metrics.js';
import type { RegistryMetric, RegistryMetricValues, RegistrySample } from './registry.js';

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

export interface OutputView {
  readonly name: string;
  readonly samplesAppended: number;
  readonly samplesSent: number;
  readonly samplesRetried: number;
  readonly samplesDropped: Readonly<Record<string, number>>;
  readonly requestsSent: number;
  readonly bytesSent: number;
  readonly queueBytes: number;
  readonly queueSamples: number;
  readonly highestSentTimestampMs: number;
  readonly durable?: DurableView | undefined;
}

/** A queue on the disk. */
export interface DurableView {
  readonly segments: number;
  /** Unix ms; 0 when nothing waits. */
  readonly oldestMs: number;
  readonly samplesRecovered: number;
  readonly recordsDamaged: number;
  readonly isPaused: boolean;
}

export interface AgentMetricRow {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  samples(source: AgentMetricsSource): RegistrySample[];
}

const one = (value: number): RegistrySample[] => [{ value, labels: {} }];

function byLabel(label: string, values: Iterable<readonly [string, number]>): RegistrySample[] {
  return Array.from(values, ([name, value]) => ({ value, labels: { [label]: name } }));
}

function byOutput(
  source: AgentMetricsSource,
  value: (output: OutputView) => number,
): RegistrySample[] {
  return source.outputs().map((o) => ({ value: value(o), labels: { remote_name: o.name } }));
}

/**
 * Every metric of the agent. Where Prometheus has a metric for the same thing the words after
 * `prom_agent_` and the labels are Prometheus' (scrape/metrics.go, storage/remote/queue_manager.go).
 */
const table: readonly AgentMetricRow[] = [
  {
    name: 'prom_agent_build_info',
    help: 'Always 1; labels say which agent on which Node.js.',
    type: 'gauge',
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
  {
    name: 'prom_agent_remote_storage_samples_in_total',
    help: 'Samples handed to an output, stale markers included.',
    type: 'counter',
    samples: (s) => byOutput(s, (o) => o.samplesAppended),
  },
  {
    name: 'prom_agent_remote_storage_samples_total',
    help: 'Samples the other side of an output has acknowledged.',
    type: 'counter',
    samples: (s) => byOutput(s, (o) => o.samplesSent),
  },
  {
    name: 'prom_agent_remote_storage_samples_retried_total',
    help: 'Samples sent again after a failure.',
    type: 'counter',
    samples: (s) => byOutput(s, (o) => o.samplesRetried),
  },
  {
    name: 'prom_agent_remote_storage_samples_dropped_total',
    help: 'Samples that will not reach an output, by reason.',
    type: 'counter',
    samples: (s) =>
      s.outputs().flatMap((o) =>
        Object.entries(o.samplesDropped).map(([reason, value]) => ({
          value,
          labels: { remote_name: o.name, reason },
        })),
      ),
  },
  {
    name: 'prom_agent_remote_storage_samples_pending',
    help: 'Samples in the queue of an output.',
    type: 'gauge',
    samples: (s) => byOutput(s, (o) => o.queueSamples),
  },
  {
    name: 'prom_agent_remote_storage_queue_bytes',
    help: 'Bytes in the queue of an output.',
    type: 'gauge',
    samples: (s) => byOutput(s, (o) => o.queueBytes),
  },
  {
    name: 'prom_agent_remote_storage_requests_total',
    help: 'Requests an output has sent.',
    type: 'counter',
    samples: (s) => byOutput(s, (o) => o.requestsSent),
  },
  {
    name: 'prom_agent_remote_storage_bytes_total',
    help: 'Bytes of request bodies an output has sent, compressed.',
    type: 'counter',
    samples: (s) => byOutput(s, (o) => o.bytesSent),
  },
  {
    name: 'prom_agent_remote_storage_queue_highest_sent_timestamp_seconds',
    help: 'Timestamp of the newest sample an output has got acknowledged.',
    type: 'gauge',
    samples: (s) => byOutput(s, (o) => o.highestSentTimestampMs / 1000),
  },
  ...queueRows,
];

/** The agent's metrics in the shape a prom-client registry takes. */
export function createAgentMetrics(source: AgentMetricsSource): RegistryMetric[] {
  return table.map((row) => ({
    name: row.name,
    help: row.help,
    type: row.type,
    aggregator: 'sum',
    get(): RegistryMetricValues {
      const { name, help, type } = row;
      return { name, help, type, aggregator: 'sum', values: row.samples(source) };
    },
    // Counters of threads cannot be set back; registry.resetMetrics() is a test's tool.
    reset() {},
  }));
}
