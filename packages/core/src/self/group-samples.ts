import type { CollectedMetric, MetricRows, RowLabels, SampleRow } from './metric-rows.js';
import type { TimeSlice } from './time-slice.js';

/** A histogram's or summary's series as its samples come in. */
interface Group {
  readonly labels: RowLabels;
  readonly columns: Map<number, SampleRow>;
  sum: number;
  count: number | undefined;
}

type SampleRows = Extract<MetricRows, { kind: 'samples' }>;

const noLabels: RowLabels = {};

/**
 * The rows of a metric whose class is not known, as the formats need them that write a series at a
 * time: lone samples as values, a histogram's or summary's by their other labels. Samples that such
 * a metric cannot have are left out.
 */
export async function groupSamples(
  { name, type }: CollectedMetric,
  rows: SampleRows,
  slice: TimeSlice,
): Promise<Exclude<MetricRows, SampleRows>> {
  if (type !== 'histogram' && type !== 'summary') return valuesOf(name, rows);
  const column = type === 'histogram' ? 'le' : 'quantile';
  const groups = new Map<string, Group>();
  const bounds = new Set<number>();
  for (let i = 0; i < rows.count; i++) {
    if (i % 64 === 0 && slice.spent) await slice.pause();
    const row = rows.read(i);
    if (row !== undefined) addSample(groups, bounds, row, name, column);
  }
  const sorted = [...bounds].sort((a, b) => a - b);
  return type === 'histogram' ? histogramsOf(groups, sorted) : summariesOf(groups, sorted);
}

function valuesOf(name: string, rows: SampleRows): Exclude<MetricRows, SampleRows> {
  return {
    kind: 'values',
    count: rows.count,
    read(index) {
      const row = rows.read(index);
      if (row === undefined || (row.metricName ?? name) !== name) return undefined;
      return { labels: allLabels(row), value: row.value, exemplar: row.exemplar };
    },
  };
}

function addSample(
  groups: Map<string, Group>,
  bounds: Set<number>,
  row: SampleRow,
  name: string,
  column: 'le' | 'quantile',
): void {
  const { [column]: at, ...labels } = allLabels(row) as Record<string, string | number>;
  const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  let group = groups.get(key);
  if (group === undefined) {
    group = { labels, columns: new Map(), sum: 0, count: undefined };
    groups.set(key, group);
  }
  if (row.metricName === `${name}_sum`) group.sum = row.value;
  else if (row.metricName === `${name}_count`) group.count = row.value;
  else if (at !== undefined) {
    const bound = at === '+Inf' ? Number.POSITIVE_INFINITY : Number(at);
    group.columns.set(bound, row);
    if (bound !== Number.POSITIVE_INFINITY) bounds.add(bound);
  }
}

function histogramsOf(
  groups: ReadonlyMap<string, Group>,
  bounds: readonly number[],
): Exclude<MetricRows, SampleRows> {
  const series = [...groups.values()];
  const counts = new Float64Array(bounds.length + 1);
  const all = [...bounds, Number.POSITIVE_INFINITY];
  return {
    kind: 'histograms',
    bounds,
    count: series.length,
    read(index) {
      const group = series[index];
      if (group === undefined) return undefined;
      // A bound that only other series have: nothing came between it and the one before.
      let cumulated = 0;
      for (const [i, bound] of all.entries()) {
        cumulated = group.columns.get(bound)?.value ?? cumulated;
        counts[i] = cumulated;
      }
      counts[bounds.length] = group.count ?? cumulated;
      const exemplars = all.map((bound) => group.columns.get(bound)?.exemplar);
      return { labels: group.labels, counts, sum: group.sum, exemplars };
    },
  };
}

function summariesOf(
  groups: ReadonlyMap<string, Group>,
  quantiles: readonly number[],
): Exclude<MetricRows, SampleRows> {
  const series = [...groups.values()];
  return {
    kind: 'summaries',
    quantiles,
    count: series.length,
    read(index) {
      const group = series[index];
      if (group === undefined) return undefined;
      const values = quantiles.map((q) => group.columns.get(q)?.value ?? Number.NaN);
      return { labels: group.labels, values, sum: group.sum, count: group.count ?? 0 };
    },
  };
}

/** The sample's own first: prom-client's `le` stands before what all buckets share. */
export function allLabels({ labels = noLabels, sharedLabels }: SampleRow): RowLabels {
  if (sharedLabels === undefined) return labels;
  const all: Record<string, string | number> = {};
  for (const name of Object.keys(labels)) {
    if (!Object.hasOwn(sharedLabels, name)) all[name] = labels[name] as string | number;
  }
  return Object.assign(all, sharedLabels);
}
