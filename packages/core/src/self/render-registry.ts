import { type Clock, systemClock } from '../clock.js';
import type { RenderFormat } from '../exposition/render/exposition-writer.js';
import type { BodyWalk } from './body-walk.js';
import { ChunkPool } from './chunk-pool.js';
import type { CollectableMetric } from './collect-metric.js';
import { FamilyWalk } from './family-walk.js';
import { type CollectOutcomes, MetricChain } from './metric-chain.js';
import type { RowLabels } from './metric-rows.js';
import type { RegistryLike } from './registry.js';
import { TextWalk } from './text-walk.js';
import { TimeSlice } from './time-slice.js';

/** How to render; every field has a default. */
export interface RenderOptions {
  /** Default: the text format 0.0.4, UTF-8 names in quotes. */
  readonly format?: RenderFormat;
  /** Metrics to render, by family or sample name. Default: all. */
  readonly names?: readonly string[] | undefined;
  /** The longest the host's event loop is held in one go, as far as collects allow. Default 0.25 ms. */
  readonly budgetMs?: number;
  /** How long a metric's `collect` may take. Default 2 s. */
  readonly collectTimeoutMs?: number;
  readonly clock?: Clock;
  /** Where chunks come from that readers give back. */
  readonly pool?: ChunkPool;
  /** Told at the end of the metrics that were asked for, and which of them are missing. */
  readonly onEnd?: (outcomes: CollectOutcomes) => void;
}

const defaultFormat: RenderFormat = { format: 'text', escaping: 'allow-utf-8' };

/**
 * Any prom-client registry as an exposition, in chunks of about 256 KiB. It is rendered series by
 * series and the event loop runs in between, so each series is of one moment but not the whole body.
 * A metric whose `collect` waits for something does not hold up the others; one whose `collect`
 * throws or hangs costs its own samples only. The registry and its metrics stay as they are.
 */
export function renderRegistry(registry: RegistryLike, options: RenderOptions = {}): BodyWalk {
  const {
    budgetMs = 0.25,
    clock = systemClock,
    collectTimeoutMs = 2000,
    onEnd = () => {},
  } = options;
  const all = registry.getMetricsAsArray() as readonly CollectableMetric[];
  const metrics = options.names === undefined ? all : named(all, new Set(options.names));
  const chain = new MetricChain(registry, metrics, { clock, timeoutMs: collectTimeoutMs, onEnd });
  const { format, escaping } = options.format ?? defaultFormat;
  const { pool = new ChunkPool() } = options;
  const defaults = defaultLabelsOf(registry);
  const walkOptions = { escaping, defaults, newSlice: () => new TimeSlice(clock, budgetMs), pool };
  if (format === 'text') return new TextWalk(chain, walkOptions);
  return new FamilyWalk(chain, { ...walkOptions, format });
}

/** Families by their own name or one of their samples', as the other client libraries take them. */
function named(
  metrics: readonly CollectableMetric[],
  names: ReadonlySet<string>,
): CollectableMetric[] {
  const suffixes = ['', '_total', '_bucket', '_sum', '_count'];
  return metrics.filter(
    ({ name, type }) =>
      suffixes.some((suffix) => isNameOf(type, suffix) && names.has(name + suffix)) ||
      (type === 'counter' && names.has(name.replace(/_total$/, ''))),
  );
}

function isNameOf(type: CollectableMetric['type'], suffix: string): boolean {
  if (suffix === '') return true;
  if (suffix === '_total') return type === 'counter';
  return type === 'histogram' || (type === 'summary' && suffix !== '_bucket');
}

/** Every prom-client keeps them in this field and offers no other way to read them. */
function defaultLabelsOf(registry: RegistryLike): RowLabels {
  const { _defaultLabels = {} } = registry as { _defaultLabels?: RowLabels };
  return _defaultLabels;
}
