import type { AgentMetricRow, AgentMetricsSource } from './agent-metrics.js';
import type { RegistrySample } from './registry.js';

/** What an output tells of a Pushgateway. */
export interface PushView {
  /** By what came of them. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Unix ms; 0 before the first success. */
  readonly lastPushMs: number;
  readonly groups: number;
  readonly groupsRefused: number;
  readonly groupsLeft: number;
  readonly groupsDeleted: number;
}

function byGateway(
  source: AgentMetricsSource,
  value: (pushes: PushView) => number,
): RegistrySample[] {
  return source
    .outputs()
    .flatMap(({ name, url, pushes }) =>
      pushes === undefined ? [] : [{ value: value(pushes), labels: { remote_name: name, url } }],
    );
}

/** Of pushgateway_write alone; its samples and requests count where those of every output do. */
export const pushgatewayRows: readonly AgentMetricRow[] = [
  {
    name: 'prom_agent_pushgateway_pushes_total',
    help: 'Pushes by outcome: pushed, refused (the gateway will never take it) or unreachable (tried again).',
    type: 'counter',
    samples: (s) =>
      s.outputs().flatMap(({ name, url, pushes }) =>
        Object.entries(pushes?.outcomes ?? {}).map(([outcome, value]) => ({
          value,
          labels: { remote_name: name, url, outcome },
        })),
      ),
  },
  {
    name: 'prom_agent_pushgateway_last_push_timestamp_seconds',
    help: 'When a push succeeded last; 0 before the first.',
    type: 'gauge',
    aggregator: 'max',
    samples: (s) => byGateway(s, (p) => p.lastPushMs / 1000),
  },
  {
    name: 'prom_agent_pushgateway_groups',
    help: 'Groups the agent keeps on the Pushgateway.',
    type: 'gauge',
    samples: (s) => byGateway(s, (p) => p.groups),
  },
  {
    name: 'prom_agent_pushgateway_groups_refused',
    help: 'Groups whose last push the Pushgateway refused.',
    type: 'gauge',
    samples: (s) => byGateway(s, (p) => p.groupsRefused),
  },
  {
    name: 'prom_agent_pushgateway_groups_left',
    help: 'Groups that are not pushed any more and are deleted when their ttl is over.',
    type: 'gauge',
    samples: (s) => byGateway(s, (p) => p.groupsLeft),
  },
  {
    name: 'prom_agent_pushgateway_groups_deleted_total',
    help: 'Groups the agent has deleted from the Pushgateway.',
    type: 'counter',
    samples: (s) => byGateway(s, (p) => p.groupsDeleted),
  },
];
