import { filledBuckets } from '../model/filled-buckets.js';
import type { NativeHistogram } from '../model/histogram.js';
import {
  type HistogramRow,
  type MetricRows,
  type RowExemplar,
  type RowLabels,
  readRows,
} from './metric-rows.js';
import { spansOf } from './native-histogram/sparse-buckets.js';
import type { RegistryMetric } from './registry.js';

/** A metric whose series can be read in place. */
export type ReadableMetric = RegistryMetric & { [readRows]?(): MetricRows };

type HistogramRows = Extract<MetricRows, { kind: 'histograms' }>;

/** A row of one of the histograms that are joined. */
interface Place {
  readonly rows: HistogramRows;
  readonly index: number;
}

/** The same for the same labels, in whatever order they are. */
export function labelsKey(labels: RowLabels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Histograms with the same buckets, as one; native buckets and exemplars too. Rows are read from the
 * first on. The series of the one that has most are not listed ahead, which would hold the event loop.
 */
export function joinedHistograms(members: readonly ReadableMetric[]): HistogramRows {
  const all = members.map((member) => member[readRows]?.() as HistogramRows);
  const [largest, ...others] = all.sort((a, b) => b.count - a.count) as [HistogramRows];
  const places = placesOf(others);
  const keys = [...places.keys()];
  const shown = new Set<string>();
  const read = (index: number): HistogramRow | undefined => {
    if (index >= largest.count) {
      const key = keys[index - largest.count] as string;
      return shown.has(key) ? undefined : sumOf(rowsAt(places.get(key)));
    }
    const row = largest.read(index);
    if (row === undefined) return undefined;
    const key = labelsKey(row.labels);
    shown.add(key);
    return sumOf([row, ...rowsAt(places.get(key))]);
  };
  const { bounds } = largest;
  return { kind: 'histograms', bounds, count: largest.count + keys.length, read };
}

function placesOf(all: readonly HistogramRows[]): Map<string, Place[]> {
  const places = new Map<string, Place[]>();
  for (const rows of all) {
    for (let index = 0; index < rows.count; index++) {
      const labels = rows.read(index)?.labels;
      if (labels === undefined) continue;
      const key = labelsKey(labels);
      places.set(key, [...(places.get(key) ?? []), { rows, index }]);
    }
  }
  return places;
}

function rowsAt(places: readonly Place[] = []): HistogramRow[] {
  return places.flatMap(({ rows, index }) => rows.read(index) ?? []);
}

function sumOf(found: readonly HistogramRow[]): HistogramRow | undefined {
  const [first] = found;
  if (first === undefined || found.length === 1) return first;
  const counts = first.counts.slice();
  let { sum, createdMs } = first;
  for (const row of found.slice(1)) {
    for (let i = 0; i < counts.length; i++) counts[i]! += row.counts[i] as number;
    sum += row.sum;
    if (row.createdMs !== undefined) createdMs = Math.min(createdMs ?? Infinity, row.createdMs);
  }
  return {
    labels: first.labels,
    counts,
    sum,
    createdMs,
    exemplars: newestExemplars(found),
    get native() {
      return joinedNative(found);
    },
  };
}

function newestExemplars(rows: readonly HistogramRow[]): HistogramRow['exemplars'] {
  const all = rows.flatMap(
    ({ exemplars }) => exemplars?.flatMap((one, i) => (one ? [{ one, i }] : [])) ?? [],
  );
  if (all.length === 0) return undefined;
  const newest: (RowExemplar | undefined)[] = [];
  for (const { one, i } of all) {
    if ((one.timestamp ?? 0) >= (newest[i]?.timestamp ?? 0)) newest[i] = one;
  }
  return newest;
}

/** Undefined where not all of them have one of the same resolution. */
function joinedNative(rows: readonly HistogramRow[]): NativeHistogram | undefined {
  const all = rows.map(({ native }) => native);
  const [first] = all;
  if (first === undefined) return undefined;
  const buckets = new Map<number, number>();
  let zeroCount = 0;
  for (const native of all) {
    if (native === undefined || native.schema !== first.schema) return undefined;
    zeroCount += native.zeroCount;
    for (const [index, count] of filledBuckets(native.positiveSpans, native.positiveCounts)) {
      buckets.set(index, (buckets.get(index) ?? 0) + count);
    }
  }
  const indexes = [...buckets.keys()].sort((a, b) => a - b);
  const counted = indexes.map((index) => buckets.get(index) as number);
  const { spans, counts } = spansOf(indexes, counted, indexes.length);
  return { ...first, zeroCount, positiveSpans: spans, positiveCounts: counts };
}
