import { type Clock, systemClock } from '../clock.js';
import { BodyChunks } from './body-chunks.js';
import type { RegistryLike, RegistrySample } from './registry.js';
import { type RenderableValues, renderMetric } from './render-metric.js';
import { nextTurn, TimeSlice } from './time-slice.js';

/** How to render; every field has a default. */
export interface RenderOptions {
  /** The longest the host's event loop is held in one go, as far as metrics allow. Default 5 ms. */
  readonly budgetMs?: number;
  /** How long a metric's `collect` may take. Default 2 s. */
  readonly collectTimeoutMs?: number;
  readonly clock?: Clock;
  /** Told of a metric that threw or hung and is therefore missing from the body. */
  readonly onError?: (metric: string, error: unknown) => void;
}

interface CollectableMetric {
  readonly name: string;
  get(): RenderableValues | Promise<RenderableValues>;
  getForPromString?(): RenderableValues | Promise<RenderableValues>;
}

type Outcome = { readonly text: string } | { readonly error: unknown };

// A collect that hangs is not called again while its first call is still out.
const hanging = new WeakSet<object>();

/**
 * The text format 0.0.4 of any prom-client registry, in chunks of about 64 KiB. Metrics are rendered
 * one by one and the event loop runs in between; one whose `collect` waits for something does not
 * hold up the others; one whose `collect` throws or hangs costs its own samples only.
 */
export async function* renderRegistry(
  registry: RegistryLike,
  options: RenderOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { budgetMs = 5, clock = systemClock, onError } = options;
  const slice = new TimeSlice(clock, budgetMs);
  const chunks = new BodyChunks();
  const late: [metric: string, outcome: Promise<Outcome>][] = [];
  const accept = (metric: string, outcome: Outcome): void => {
    if ('text' in outcome) chunks.add(Buffer.from(outcome.text));
    else onError?.(metric, outcome.error);
  };
  for (const metric of registry.getMetricsAsArray() as readonly CollectableMetric[]) {
    const rendering = render(metric, registry);
    const outcome = await Promise.race([rendering, nextTurn()]);
    if (outcome === undefined) late.push([metric.name, withTimeout(metric, rendering, options)]);
    else accept(metric.name, outcome);
    if (chunks.full) yield chunks.take();
    if (slice.spent) await slice.pause();
  }
  for (const [name, rendering] of late) {
    accept(name, await rendering);
    if (chunks.full) yield chunks.take();
    if (slice.spent) await slice.pause();
  }
  if (!chunks.empty) yield chunks.take();
}

async function render(metric: CollectableMetric, registry: RegistryLike): Promise<Outcome> {
  try {
    if (hanging.has(metric)) throw new Error('its collect function has still not returned');
    const values = await (metric.getForPromString?.() ?? metric.get());
    return { text: renderMetric(totalsNamed(values, registry), defaultLabelsOf(registry)) };
  } catch (error) {
    return { error };
  }
}

function withTimeout(
  metric: CollectableMetric,
  rendering: Promise<Outcome>,
  { clock = systemClock, collectTimeoutMs = 2000 }: RenderOptions,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(collectTimeoutMs, () => {
      hanging.add(metric);
      const error = new Error(`its collect function did not return within ${collectTimeoutMs} ms`);
      resolve({ error });
    });
    void rendering.then((outcome) => {
      timer.cancel();
      hanging.delete(metric);
      resolve(outcome);
    });
  });
}

/** prom-client takes `_total` off the counters of a registry it has once rendered as OpenMetrics. */
function totalsNamed(values: RenderableValues, registry: RegistryLike): RenderableValues {
  const openMetrics = registry.contentType.startsWith('application/openmetrics-text');
  if (!openMetrics || values.type !== 'counter' || values.name.endsWith('_total')) return values;
  return { ...values, name: `${values.name}_total` };
}

/** Every prom-client keeps them in this field and offers no other way to read them. */
function defaultLabelsOf(registry: RegistryLike): RegistrySample['labels'] {
  const { _defaultLabels = {} } = registry as { _defaultLabels?: RegistrySample['labels'] };
  return _defaultLabels;
}
