import { joinedHistograms, labelsKey, type ReadableMetric } from './joined-histograms.js';
import { readRows } from './metric-rows.js';
import type { RegistryMetric, RegistryMetricValues, RegistrySample } from './registry.js';
import { RegistryName, underName } from './registry-name.js';

/** Of all copies of this module: a hot reload may load it again. */
const membersOf: unique symbol = Symbol.for('prom-agent.members');

type Joined = RegistryMetric & { readonly [membersOf]: RegistryMetric[] };

/** The metrics that a metric of a registry stands for; itself, where it stands for no others. */
export function membersOfMetric(metric: RegistryMetric): readonly RegistryMetric[] {
  return (metric as Partial<Joined>)[membersOf] ?? [metric];
}

/** Whether one metric can show both: of the same type, and histograms with the same buckets. */
export function canJoin(one: ReadableMetric, other: ReadableMetric): boolean {
  if (one.type !== other.type) return false;
  return one.type !== 'histogram' || boundsOf(one) === boundsOf(other);
}

/**
 * Metrics of one name, of several agents that share a registry, as one: series with the same labels are
 * folded as prom-client folds those of a cluster's workers.
 */
export function joinMetrics(members: RegistryMetric[]): RegistryMetric {
  const [first] = members as [RegistryMetric];
  const { help, type, aggregator } = first;
  const name = new RegistryName(first.name);
  const joined: Joined = underName(name, {
    [membersOf]: members,
    help,
    type,
    aggregator,
    get(): Promise<RegistryMetricValues> {
      return folded(joined, name.take());
    },
    reset() {
      for (const member of members) member.reset();
    },
  });
  if (type !== 'histogram') return joined;
  return Object.assign(joined, { [readRows]: () => joinedHistograms(members) });
}

async function folded(joined: Joined, name: string): Promise<RegistryMetricValues> {
  const { help, type, aggregator } = joined;
  const byKey = new Map<string, RegistrySample>();
  for (const member of joined[membersOf]) {
    const { values } = await member.get();
    for (const sample of values) {
      const key = `${sample.metricName ?? ''}${labelsKey(sample.labels)}`;
      const before = byKey.get(key);
      const value = before === undefined ? sample.value : fold(joined, before, sample);
      byKey.set(key, { ...before, ...sample, value });
    }
  }
  return { name, help, type, aggregator, values: [...byKey.values()] };
}

function fold({ type, aggregator }: Joined, one: RegistrySample, other: RegistrySample): number {
  // That of all requests lies between those of each part.
  if (type === 'summary' && 'quantile' in one.labels) return Math.max(one.value, other.value);
  if (aggregator === 'first') return one.value;
  if (aggregator === 'min') return Math.min(one.value, other.value);
  if (aggregator === 'max') return Math.max(one.value, other.value);
  return one.value + other.value;
}

function boundsOf(metric: ReadableMetric): string | undefined {
  const rows = metric[readRows]?.();
  return rows?.kind === 'histograms' ? rows.bounds.join() : undefined;
}
