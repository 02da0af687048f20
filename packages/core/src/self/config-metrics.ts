import type { RegistrySample } from './registry.js';

/** What is known of the last attempt to take a configuration. */
export interface ConfigMetricsSource {
  /** Whether the last one was taken. */
  configReloadSuccessful(): boolean;
  /** When the configuration in effect was taken, Unix ms. */
  configReloadSuccessMs(): number;
}

interface ConfigRow {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge';
  readonly aggregator: 'min';
  samples(source: ConfigMetricsSource): RegistrySample[];
}

/** Names and meanings are Prometheus' (cmd/prometheus/main.go). */
export const configRows: readonly ConfigRow[] = [
  {
    name: 'prom_agent_config_last_reload_successful',
    help: 'Whether the last configuration reload attempt was successful.',
    type: 'gauge',
    aggregator: 'min',
    samples: (s) => [{ value: s.configReloadSuccessful() ? 1 : 0, labels: {} }],
  },
  {
    name: 'prom_agent_config_last_reload_success_timestamp_seconds',
    help: 'Timestamp of the last successful configuration reload.',
    type: 'gauge',
    aggregator: 'min',
    samples: (s) => [{ value: s.configReloadSuccessMs() / 1000, labels: {} }],
  },
];
