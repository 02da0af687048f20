import { collectDefaultMetrics, Registry } from 'prom-client';

/**
 * How often the delay of the event loop is looked at. prom-client's default of 10 ms wakes the process
 * 100 times a second, a twentieth of what it takes to scrape 100 targets (bench: scrape). It is also the
 * least that `nodejs_eventloop_lag_p50_seconds` and its like show, so it stays below what people alert on.
 */
const eventLoopMonitoringPrecision = 30;

/** The registry of the process, with prom-client's default metrics. */
export function workerRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision });
  return registry;
}
