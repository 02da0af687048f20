import type { AgentMetricRow, AgentMetricsSource } from './agent-metrics.js';
import type { PushView } from './pushgateway-metrics.js';
import type { RegistrySample } from './registry.js';

/** What an output tells of itself, over all threads. */
export interface OutputView {
  readonly name: string;
  readonly url: string;
  readonly protocolVersion: string;
  readonly samplesAppended: number;
  readonly samplesSent: number;
  readonly samplesRetried: number;
  readonly samplesDropped: Readonly<Record<string, number>>;
  readonly requestsSent: number;
  readonly requestsSplit: number;
  readonly requestsInFlight: number;
  readonly bytesSent: number;
  readonly sendLatency: LatencyView;
  readonly clockSkewRefusals: number;
  readonly queueBytes: number;
  readonly queueSamples: number;
  /** Unix ms; 0 when nothing waits. */
  readonly queueOldestMs: number;
  readonly batchesAside: number;
  readonly samplesAside: number;
  readonly highestTimestampMs: number;
  readonly highestSentTimestampMs: number;
  readonly durable?: DurableView | undefined;
  readonly pushes?: PushView | undefined;
}

export interface LatencyView {
  /** One per bound and one above them, not cumulated. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
  /** Index of a native bucket → its count. */
  readonly buckets: Readonly<Record<number, number>>;
}

/** A queue on the disk. */
export interface DurableView {
  readonly segments: number;
  readonly samplesRecovered: number;
  readonly recordsDamaged: number;
  readonly segmentsMissing: number;
  readonly isPaused: boolean;
  readonly drain?:
    | { readonly samplesPerSecond: number; readonly secondsLeft: number | undefined }
    | undefined;
}

/** Prometheus' labels of a remote storage. */
function labelsOf({ name, url }: OutputView): RegistrySample['labels'] {
  return { remote_name: name, url };
}

function byOutput(
  source: AgentMetricsSource,
  value: (output: OutputView) => number,
): RegistrySample[] {
  return source.outputs().map((o) => ({ value: value(o), labels: labelsOf(o) }));
}

/** What Prometheus knows too: the words after `prom_agent_` are those of storage/remote/queue_manager.go. */
const asPrometheus: readonly AgentMetricRow[] = [
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
          labels: { ...labelsOf(o), reason },
        })),
      ),
  },
  {
    name: 'prom_agent_remote_storage_samples_pending',
    help: 'Samples in the queue of an output, in memory and on the disk.',
    type: 'gauge',
    samples: (s) => byOutput(s, (o) => o.queueSamples),
  },
  {
    name: 'prom_agent_remote_storage_bytes_total',
    help: 'Bytes of request bodies an output has sent, compressed.',
    type: 'counter',
    samples: (s) => byOutput(s, (o) => o.bytesSent),
  },
  {
    name: 'prom_agent_remote_storage_sent_batch_duration_seconds',
    help: 'How long the requests of an output took, failed ones included.',
    type: 'histogram',
    latencies: (s) => s.outputs().map((o) => ({ labels: labelsOf(o), latency: o.sendLatency })),
  },
  {
    name: 'prom_agent_remote_storage_queue_highest_timestamp_seconds',
    help: 'Timestamp of the newest sample an output was handed.',
    type: 'gauge',
    aggregator: 'max',
    samples: (s) => byOutput(s, (o) => o.highestTimestampMs / 1000),
  },
  {
    name: 'prom_agent_remote_storage_queue_highest_sent_timestamp_seconds',
    help: 'Timestamp of the newest sample an output has got acknowledged.',
    type: 'gauge',
    aggregator: 'max',
    samples: (s) => byOutput(s, (o) => o.highestSentTimestampMs / 1000),
  },
];

export const outputRows: readonly AgentMetricRow[] = [
  ...asPrometheus,
  {
    name: 'prom_agent_remote_storage_requests_total',
    help: 'Requests an output has sent, whatever became of them.',
    type: 'counter',
    samples: (s) => byOutput(s, (o) => o.requestsSent),
  },
  {
    name: 'prom_agent_remote_storage_requests_in_flight',
    help: 'Requests of an output that wait for their answer.',
    type: 'gauge',
    samples: (s) => byOutput(s, (o) => o.requestsInFlight),
  },
  {
    name: 'prom_agent_remote_storage_requests_split_total',
    help: 'Extra requests an output made to find out which samples of a refused batch are to blame.',
    type: 'counter',
    samples: (s) => byOutput(s, (o) => o.requestsSplit),
  },
  {
    name: 'prom_agent_remote_storage_clock_skew_refusals_total',
    help: 'Refusals by a receiver that found samples too old or ahead of its time.',
    type: 'counter',
    samples: (s) => byOutput(s, (o) => o.clockSkewRefusals),
  },
  {
    name: 'prom_agent_remote_storage_protocol_info',
    help: 'Always 1; the label version is what an output sends now: remote write 2.0 falls back to 1.0.',
    type: 'gauge',
    aggregator: 'first',
    samples: (s) =>
      s
        .outputs()
        .map((o) => ({ value: 1, labels: { ...labelsOf(o), version: o.protocolVersion } })),
  },
  {
    name: 'prom_agent_remote_storage_queue_bytes',
    help: 'Bytes in the queue of an output, compressed.',
    type: 'gauge',
    samples: (s) => byOutput(s, (o) => o.queueBytes),
  },
  {
    name: 'prom_agent_remote_storage_queue_oldest_timestamp_seconds',
    help: 'When the oldest of what waits in the queue of an output was queued; 0: nothing waits.',
    type: 'gauge',
    aggregator: 'max',
    samples: (s) => byOutput(s, (o) => o.queueOldestMs / 1000),
  },
  {
    name: 'prom_agent_remote_storage_side_lane_batches',
    help: 'Batches set aside because the receiver fails on them while it takes others.',
    type: 'gauge',
    samples: (s) => byOutput(s, (o) => o.batchesAside),
  },
  {
    name: 'prom_agent_remote_storage_side_lane_samples',
    help: 'Samples of the batches that are set aside; they are part of those pending.',
    type: 'gauge',
    samples: (s) => byOutput(s, (o) => o.samplesAside),
  },
];

function byDurable(
  source: AgentMetricsSource,
  value: (durable: DurableView) => number | undefined,
): RegistrySample[] {
  return source.outputs().flatMap((output) => {
    const read = output.durable && value(output.durable);
    return read === undefined ? [] : [{ value: read, labels: labelsOf(output) }];
  });
}

/** Of queues on the disk; Prometheus has no metric for them by output. */
export const queueRows: readonly AgentMetricRow[] = [
  {
    name: 'prom_agent_remote_storage_queue_segments',
    help: 'Files of the durable queue of an output.',
    type: 'gauge',
    samples: (s) => byDurable(s, (d) => d.segments),
  },
  {
    name: 'prom_agent_remote_storage_queue_paused',
    help: '1 while the disk does not take the durable queue of an output, which a crash would lose.',
    type: 'gauge',
    aggregator: 'max',
    samples: (s) => byDurable(s, (d) => (d.isPaused ? 1 : 0)),
  },
  {
    name: 'prom_agent_remote_storage_queue_drain_samples_per_second',
    help: 'While a backlog is on the disk: by how much it becomes less, over the last minute; below 0 it grows.',
    type: 'gauge',
    samples: (s) => byDurable(s, (d) => d.drain?.samplesPerSecond),
  },
  {
    name: 'prom_agent_remote_storage_queue_drain_seconds',
    help: 'While a backlog on the disk becomes less: how long it will take at that rate.',
    type: 'gauge',
    aggregator: 'max',
    samples: (s) => byDurable(s, (d) => d.drain?.secondsLeft),
  },
  {
    name: 'prom_agent_remote_storage_samples_recovered_total',
    help: 'Samples that earlier processes and threads left in the durable queue of an output.',
    type: 'counter',
    samples: (s) => byDurable(s, (d) => d.samplesRecovered),
  },
  {
    name: 'prom_agent_remote_storage_queue_records_damaged_total',
    help: 'Records of the durable queue of an output that could not be read back.',
    type: 'counter',
    samples: (s) => byDurable(s, (d) => d.recordsDamaged),
  },
  {
    name: 'prom_agent_remote_storage_queue_segments_missing_total',
    help: 'Segments of the durable queue of an output that were gone when it was opened.',
    type: 'counter',
    samples: (s) => byDurable(s, (d) => d.segmentsMissing),
  },
];
