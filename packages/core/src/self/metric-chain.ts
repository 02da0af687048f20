import {
  type CollectableMetric,
  type Collected,
  type CollectLimits,
  collectMetric,
  withTimeout,
} from './collect-metric.js';
import type { CollectedMetric } from './metric-rows.js';
import type { RegistryLike } from './registry.js';
import { nextTurn } from './time-slice.js';

/** Metric → why it is missing from the body (it threw or hung), undefined where it is not. */
export type CollectOutcomes = ReadonlyMap<string, Error | undefined>;

export interface ChainOptions extends CollectLimits {
  /** Told after the last metric. */
  readonly onEnd: (outcomes: CollectOutcomes) => void;
}

/**
 * The metrics of a registry in its order, each collected when somebody comes to it for the first
 * time. Several may follow the same links; what all have passed is free to go.
 */
export class MetricLink {
  readonly metric: CollectedMetric;
  /** What the registry calls it. */
  readonly #name: string;
  readonly #chain: MetricChain;
  #next: Promise<MetricLink | undefined> | undefined;

  constructor(name: string, metric: CollectedMetric, chain: MetricChain) {
    this.#name = name;
    this.metric = metric;
    this.#chain = chain;
  }

  /** The metric broke while its series were written: what is left of it is missing. */
  fail(error: unknown): void {
    this.#chain.fail(this.#name, error);
  }

  next(): Promise<MetricLink | undefined> {
    this.#next ??= this.#chain.advance();
    return this.#next;
  }
}

/** Makes the links one after the other; a metric that waits for something comes last. */
export class MetricChain {
  readonly #registry: RegistryLike;
  readonly #metrics: readonly CollectableMetric[];
  readonly #options: ChainOptions;
  readonly #outcomes = new Map<string, Error | undefined>();
  readonly #late: [metric: CollectableMetric, collecting: Promise<Collected>][] = [];
  #first: Promise<MetricLink | undefined> | undefined;
  #begun = 0;
  #lateDone = 0;

  constructor(
    registry: RegistryLike,
    metrics: readonly CollectableMetric[],
    options: ChainOptions,
  ) {
    this.#registry = registry;
    this.#metrics = metrics;
    this.#options = options;
  }

  /** The first link; as with the links', all calls give the same. */
  next(): Promise<MetricLink | undefined> {
    this.#first ??= this.advance();
    return this.#first;
  }

  /** Called by each link once. */
  async advance(): Promise<MetricLink | undefined> {
    while (this.#begun < this.#metrics.length) {
      const metric = this.#metrics[this.#begun++] as CollectableMetric;
      const link = this.#link(metric, await this.#collect(metric));
      if (link !== undefined) return link;
    }
    while (this.#lateDone < this.#late.length) {
      const [metric, collecting] = this.#late[this.#lateDone++]!;
      const link = this.#link(metric, await collecting);
      if (link !== undefined) return link;
    }
    this.#options.onEnd(this.#outcomes);
    return undefined;
  }

  fail(metric: string, error: unknown): void {
    this.#outcomes.set(metric, errorOf(error));
  }

  /** Undefined when it takes longer than a turn of the event loop. */
  async #collect(metric: CollectableMetric): Promise<Collected | undefined> {
    const collecting = collectMetric(metric);
    if (!(collecting instanceof Promise)) return collecting;
    const collected = await Promise.race([collecting, nextTurn()]);
    if (collected !== undefined) return collected;
    this.#late.push([metric, withTimeout(metric, collecting, this.#options)]);
    return undefined;
  }

  #link(asked: CollectableMetric, collected: Collected | undefined): MetricLink | undefined {
    if (collected === undefined) return undefined;
    const { name } = asked;
    if ('error' in collected) {
      this.#outcomes.set(name, errorOf(collected.error));
      return undefined;
    }
    this.#outcomes.set(name, undefined);
    const { metric } = collected;
    const total = totalName(metric, asked, this.#registry);
    return new MetricLink(name, total === undefined ? metric : { ...metric, name: total }, this);
  }
}

/** Anything can be thrown, undefined too. */
function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/**
 * prom-client takes `_total` off the counters of a registry it has once rendered as OpenMetrics, for
 * good and in all registries that have them; a registry still knows them by the name they had.
 */
function totalName(
  { name, type }: CollectedMetric,
  asked: CollectableMetric,
  registry: RegistryLike,
): string | undefined {
  if (type !== 'counter' || String(name).endsWith('_total')) return undefined;
  const total = `${String(name)}_total`;
  const hadTotal = registry.getSingleMetric(total) === asked;
  const isOpenMetrics = registry.contentType.startsWith('application/openmetrics-text');
  return hadTotal || isOpenMetrics ? total : undefined;
}
