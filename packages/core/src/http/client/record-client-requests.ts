import { registerMetrics, unregisterMetric } from '../../self/register-metric.js';
import type { RegistryLike } from '../../self/registry.js';
import { askedOptions } from '../options/asked-options.js';
import type { ClientMetricsOptions } from './client-options.js';
import { ClientRecorder } from './client-recorder.js';

/** The metrics of outgoing requests, until they are closed. */
export interface ClientRequests {
  /** Listens no more, and takes the metrics out of the registry. */
  close(): void;
}

const conflictAdvice = 'name ours otherwise with the option client.name or client.prefix';

interface OpenRecorder {
  readonly recorder: ClientRecorder;
  /** But for that of what overflows, whose name all have alike. */
  readonly names: readonly string[];
  isPaused: boolean;
}

const openRecorders = new WeakMap<RegistryLike, OpenRecorder[]>();

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
  const options = askedOptions(client ?? false);
  if (options === undefined) return undefined;
  const recorder = new ClientRecorder(options, onError);
  registerMetrics(registry, recorder.metrics, conflictAdvice);
  const names = recorder.metrics.slice(0, -1).map(({ name }) => name);
  const own: OpenRecorder = { recorder, names, isPaused: false };
  const all = openRecorders.get(registry) ?? [];
  openRecorders.set(registry, all);
  all.push(own);
  recorder.open();
  takeTurns(all);
  return {
    close() {
      const at = all.indexOf(own);
      if (at < 0) return;
      all.splice(at, 1);
      recorder.close();
      for (const metric of recorder.metrics) unregisterMetric(registry, metric);
      takeTurns(all);
    },
  };
}

/**
 * Of those with a metric in common, as of two apps or a hot reload, the newest alone sees new requests:
 * each would count in the registry once for each of them.
 */
function takeTurns(all: readonly OpenRecorder[]): void {
  for (const [i, one] of all.entries()) {
    const isPaused = all.slice(i + 1).some(({ names }) => names.some((n) => one.names.includes(n)));
    if (isPaused === one.isPaused) continue;
    one.isPaused = isPaused;
    if (isPaused) one.recorder.pause();
    else one.recorder.resume();
  }
}
