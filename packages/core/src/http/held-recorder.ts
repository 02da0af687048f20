import { PromAgentError } from '../errors.js';
import { registerMetrics, unregisterMetric } from '../self/register-metric.js';
import type { RegistryLike } from '../self/registry.js';
import type { HttpRecorder } from './recorder/http-recorder.js';

const conflictAdvice =
  'name ours otherwise with the options http.prefix or http.name, or count no requests with http: false';

/** The recorders whose metrics are in one registry. */
interface Sharing {
  recorders: number;
  /** Who counts a request; kept only while there are several. */
  readonly countedBy: WeakMap<object, HeldRecorder>;
}

const sharings = new WeakMap<RegistryLike, Sharing>();

/**
 * The metrics of a recorder in a registry, until they are closed. Several apps of a process may have
 * theirs in one registry, which shows the sum; a request that two of them see counts once.
 */
export class HeldRecorder {
  readonly #registry: RegistryLike;
  readonly #recorder: HttpRecorder;
  readonly #sharing: Sharing;
  readonly #onError: (error: unknown) => void;
  #hasTold = false;
  #isClosed = false;

  /** `onError`: told once of requests that another recorder counts. @throws PromAgentError REGISTRY_CONFLICT */
  constructor(registry: RegistryLike, recorder: HttpRecorder, onError: (error: unknown) => void) {
    registerMetrics(registry, recorder.metrics, conflictAdvice);
    this.#registry = registry;
    this.#recorder = recorder;
    this.#onError = onError;
    this.#sharing = sharings.get(registry) ?? { recorders: 0, countedBy: new WeakMap() };
    this.#sharing.recorders++;
    sharings.set(registry, this.#sharing);
  }

  /** Whether another recorder counts the request in this registry, as of an agent used twice on one app. */
  isCountedElsewhere(request: object): boolean {
    const { recorders, countedBy } = this.#sharing;
    if (recorders < 2) return false;
    const other = countedBy.get(request);
    if (other === undefined) countedBy.set(request, this);
    if (other === undefined || other === this) return false;
    if (!this.#hasTold) {
      this.#hasTold = true;
      this.#onError(
        new PromAgentError(
          'CONFIG_INVALID',
          'two agents of one registry see the same requests: they count in the first alone. Remove one, close() it, or give it a registry of its own',
        ),
      );
    }
    return true;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sharing.recorders--;
    for (const metric of this.#recorder.metrics) unregisterMetric(this.#registry, metric);
  }
}
