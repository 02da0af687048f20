import { createRequire } from 'node:module';
import { requirePeer } from './peer-packages.js';

// biome-ignore lint/suspicious/noExplicitAny: a peer's.
let instrumentation: any;

/** OpenTelemetry's instrumentation of node:http. Once there, it stays in all servers of the process. */
function instrument(): void {
  if (instrumentation !== undefined) return;
  const { HttpInstrumentation } = requirePeer('@opentelemetry/instrumentation-http');
  instrumentation = new HttpInstrumentation();
  // It takes its place when the module is asked for.
  createRequire(import.meta.url)('node:http');
}

/** Counts from zero on; gives what the Prometheus exporter would show. */
export function startOpenTelemetry(): { metrics(): Promise<string>; stop(): Promise<void> } {
  const { PrometheusExporter, PrometheusSerializer } = requirePeer(
    '@opentelemetry/exporter-prometheus',
  );
  const { MeterProvider } = requirePeer('@opentelemetry/sdk-metrics');
  const reader = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [reader] });
  instrument();
  instrumentation.setMeterProvider(provider);
  return {
    async metrics() {
      const { resourceMetrics } = await reader.collect();
      return new PrometheusSerializer('', false, undefined, true, true).serialize(resourceMetrics);
    },
    stop: () => provider.shutdown(),
  };
}
