import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import type { RegistryLike } from './registry.js';
import { renderRegistry } from './render-registry.js';

/**
 * Renders a registry for whoever asks, and keeps account of metrics whose collect failed: each is
 * counted, and logged when it goes missing and when it is back, not at every scrape in between.
 */
export class RegistryRenderer {
  readonly #registry: RegistryLike;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #failures = new Map<string, number>();
  #missing: ReadonlySet<string> = new Set();

  constructor(registry: RegistryLike, clock: Clock, logger: Logger) {
    this.#registry = registry;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Failed collects since the start, by metric. */
  get failures(): ReadonlyMap<string, number> {
    return this.#failures;
  }

  /** The text format 0.0.4, in chunks. */
  async *render(): AsyncGenerator<Uint8Array, void, undefined> {
    const errors = new Map<string, unknown>();
    yield* renderRegistry(this.#registry, {
      clock: this.#clock,
      onError: (metric, error) => errors.set(metric, error),
    });
    this.#account(errors);
  }

  #account(errors: ReadonlyMap<string, unknown>): void {
    for (const [metric, error] of errors) {
      this.#failures.set(metric, (this.#failures.get(metric) ?? 0) + 1);
      if (this.#missing.has(metric)) continue;
      this.#logger.warn({ metric, error: messageOf(error) }, 'a metric is missing from /metrics');
    }
    for (const metric of this.#missing) {
      if (!errors.has(metric)) this.#logger.info({ metric }, 'a metric is back in /metrics');
    }
    this.#missing = new Set(errors.keys());
  }
}
