import type { AgentMetricRow, AgentMetricsSource, DurableView } from './agent-metrics.js';
import type { RegistrySample } from './registry.js';

function byDurable(
  source: AgentMetricsSource,
  value: (durable: DurableView) => number,
): RegistrySample[] {
  return source.outputs().flatMap(({ name, durable }) => {
    return durable === undefined ? [] : [{ value: value(durable), labels: { remote_name: name } }];
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
    name: 'prom_agent_remote_storage_queue_oldest_timestamp_seconds',
    help: 'When the oldest of what waits in the durable queue of an output came; 0: nothing waits.',
    type: 'gauge',
    samples: (s) => byDurable(s, (d) => d.oldestMs / 1000),
  },
  {
    name: 'prom_agent_remote_storage_queue_paused',
    help: '1 while the disk does not take the durable queue of an output, which a crash would lose.',
    type: 'gauge',
    samples: (s) => byDurable(s, (d) => (d.isPaused ? 1 : 0)),
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
];
