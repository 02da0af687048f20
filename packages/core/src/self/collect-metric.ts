import type { Clock } from '../clock.js';
import { type CollectedMetric, type MetricRows, readRows, type SampleRow } from './metric-rows.js';
import { isPromClientMetric, promClientRows } from './prom-client-rows.js';
import type { RegistryMetricValues } from './registry.js';

interface MetricValues extends Omit<RegistryMetricValues, 'values'> {
  readonly values?: readonly SampleRow[];
}

/** A metric of a registry, whatever its class. */
export interface CollectableMetric {
  readonly name: string;
  readonly help: string;
  readonly type: CollectedMetric['type'];
  collect?: () => unknown;
  get(): MetricValues | Promise<MetricValues>;
  getForPromString?(): MetricValues | Promise<MetricValues>;
  [readRows]?(): MetricRows;
}

export type Collected = { readonly metric: CollectedMetric } | { readonly error: unknown };

export interface CollectLimits {
  readonly clock: Clock;
  readonly timeoutMs: number;
}

// A collect that hangs is not called again while its first call is still out.
const hanging = new WeakSet<object>();

/** Collects a metric; one that has to wait for something is a promise. Neither throws. */
export function collectMetric(metric: CollectableMetric): Collected | Promise<Collected> {
  try {
    if (hanging.has(metric)) throw new Error('its collect function has still not returned');
    if (metric[readRows] !== undefined || isPromClientMetric(metric)) return collectInPlace(metric);
    const values = metric.getForPromString?.() ?? metric.get();
    return collectedOf(values).catch((error: unknown) => ({ error }));
  } catch (error) {
    return { error };
  }
}

/** Gives up on a collect that takes too long. */
export function withTimeout(
  metric: CollectableMetric,
  collecting: Promise<Collected>,
  { clock, timeoutMs }: CollectLimits,
): Promise<Collected> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(timeoutMs, () => {
      hanging.add(metric);
      const error = new Error(`its collect function did not return within ${timeoutMs} ms`);
      resolve({ error });
    });
    void collecting.then((collected) => {
      timer.cancel();
      hanging.delete(metric);
      resolve(collected);
    });
  });
}

function collectInPlace(metric: CollectableMetric): Collected | Promise<Collected> {
  const read = (): Collected => {
    // Its collect may have changed anything, so what it is is asked again.
    const rows = metric[readRows]?.() ?? promClientRows(metric);
    if (rows === undefined) throw new Error('its collect function left it without series');
    const { name, help, type } = metric;
    return { metric: { name, help, type, rows } };
  };
  const collecting = metric.collect?.();
  if (!(collecting instanceof Promise)) return read();
  return collecting.then(read).catch((error: unknown) => ({ error }));
}

async function collectedOf(given: MetricValues | Promise<MetricValues>): Promise<Collected> {
  const { name, help, type, values = [] } = await given;
  const read = (index: number): SampleRow | undefined => values[index];
  return { metric: { name, help, type, rows: { kind: 'samples', count: values.length, read } } };
}
