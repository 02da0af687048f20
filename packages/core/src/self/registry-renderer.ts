import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import { ChunkPool } from './chunk-pool.js';
import type { CollectOutcomes } from './metric-chain.js';
import { listSeriesEarly } from './prom-client-rows.js';
import type { RegistryLike } from './registry.js';
import { type RenderOptions, renderRegistry } from './render-registry.js';
import { SharedRender } from './shared-render.js';

/** A later scrape gets values of its own even where an earlier one is still being read. */
const sameMomentMs = 250;

/** What one scrape asks for; the defaults are RenderOptions'. */
export type RenderRequest = Pick<RenderOptions, 'names' | 'format'>;

interface Running {
  /** Of what was asked for. */
  readonly key: string;
  readonly startMs: number;
  readonly render: SharedRender;
}

/**
 * Renders a registry for whoever asks, once for those who ask within a quarter of a second for the
 * same, and keeps account of metrics whose collect failed: each is counted, and logged when it goes
 * missing and when it is back, not at every scrape in between.
 */
export class RegistryRenderer {
  readonly #registry: RegistryLike;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pool = new ChunkPool();
  readonly #failures = new Map<string, number>();
  readonly #running = new Set<Running>();
  readonly #missing = new Set<string>();

  constructor(registry: RegistryLike, clock: Clock, logger: Logger) {
    this.#registry = registry;
    this.#clock = clock;
    this.#logger = logger;
    // While the service starts: what comes later is listed as it comes, or is little.
    listSeriesEarly(registry.getMetricsAsArray());
  }

  /** Failed collects since the start, by metric. */
  get failures(): ReadonlyMap<string, number> {
    return this.#failures;
  }

  /** The body in chunks; nothing is done before the first is asked for. */
  async *render(request: RenderRequest = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const running = this.#find(keyOf(request)) ?? this.#start(request);
    yield* running.render.read();
  }

  #find(key: string): Running | undefined {
    const earliestMs = this.#clock.monotonicMs() - sameMomentMs;
    for (const running of this.#running) {
      if (running.startMs >= earliestMs && running.key === key) return running;
    }
    return undefined;
  }

  #start(request: RenderRequest): Running {
    const walk = renderRegistry(this.#registry, {
      ...request,
      clock: this.#clock,
      pool: this.#pool,
      onEnd: (outcomes) => this.#account(outcomes),
    });
    const render = new SharedRender(walk, () => this.#running.delete(running));
    const running: Running = { key: keyOf(request), startMs: this.#clock.monotonicMs(), render };
    this.#running.add(running);
    return running;
  }

  /** `outcomes`: of each metric asked for its error, if any. The others stay as they were. */
  #account(outcomes: CollectOutcomes): void {
    for (const [metric, error] of outcomes) {
      const wasMissing = this.#missing.has(metric);
      if (error === undefined) {
        if (wasMissing) this.#logger.info({ metric }, 'a metric is back in /metrics');
        this.#missing.delete(metric);
        continue;
      }
      this.#failures.set(metric, (this.#failures.get(metric) ?? 0) + 1);
      this.#missing.add(metric);
      if (wasMissing) continue;
      this.#logger.warn({ metric, error: messageOf(error) }, 'a metric is missing from /metrics');
    }
  }
}

function keyOf({ format, names }: RenderRequest): string {
  return JSON.stringify([format?.format, format?.escaping, names && [...names].sort()]);
}
