import { registerMetrics, unregisterMetric } from '../../self/register-metric.js';
import type { RegistryLike, RegistryMetric } from '../../self/registry.js';
import type { ClientMetricsOptions } from './client-options.js';
import { ClientRecorder } from './client-recorder.js';

/** The metrics of outgoing requests, until they are closed. */
export interface ClientRequests {
  /** Listens no more, and takes the metrics out of the registry. */
  close(): void;
}

const conflictAdvice = 'name ours otherwise with the option client.name or client.prefix';

/** A recorder whose metrics give way to others, as in a hot reload, need not listen any more. */
const recorders = new WeakMap<RegistryMetric, ClientRecorder>();

/**
 * Counts what this thread sends through undici and `fetch` from now on; undefined where it is not
 * asked for. `onError`: told of what functions of the app throw.
 * @throws PromAgentError CONFIG_INVALID, REGISTRY_CONFLICT
 */
export function recordClientRequests(
  registry: RegistryLike,
  client: ClientMetricsOptions | boolean | undefined,
  onError: (error: unknown) => void,
): ClientRequests | undefined {
  if (client === undefined || client === false) return undefined;
  const options = client === true ? {} : client;
  if (options.enabled === false) return undefined;
  const recorder = new ClientRecorder(options, onError);
  const replaced = recorder.metrics.map(({ name }) => registry.getSingleMetric(name));
  registerMetrics(registry, recorder.metrics, conflictAdvice);
  for (const metric of replaced) recorders.get(metric as RegistryMetric)?.close();
  for (const metric of recorder.metrics) recorders.set(metric, recorder);
  recorder.open();
  return {
    close() {
      recorder.close();
      for (const metric of recorder.metrics) unregisterMetric(registry, metric);
    },
  };
}
