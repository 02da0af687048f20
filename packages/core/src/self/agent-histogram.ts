import type { AgentMetricsSource, HistogramMetricRow } from './agent-metrics.js';
import { type HistogramRow, type MetricRows, readRows } from './metric-rows.js';
import { spansOf } from './native-histogram/sparse-buckets.js';
import type { LatencyView } from './output-metrics.js';
import type { RegistryMetric, RegistryMetricValues, RegistrySample } from './registry.js';

export interface LatencyBuckets {
  /** In seconds, without +Inf. */
  readonly bounds: readonly number[];
  /** Schema of the native buckets. */
  readonly schema: number;
}

/** A histogram whose counts come from the threads: classic, and native in protobuf. */
export class AgentHistogram implements RegistryMetric {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #row: HistogramMetricRow;
  readonly #source: AgentMetricsSource;

  constructor(row: HistogramMetricRow, source: AgentMetricsSource) {
    this.name = row.name;
    this.help = row.help;
    this.#row = row;
    this.#source = source;
  }

  get(): RegistryMetricValues {
    const { name, help, type, aggregator } = this;
    const { bounds } = this.#source.latencyBuckets;
    const values: RegistrySample[] = [];
    for (const { labels, counts, sum } of this.#rows()) {
      counts.forEach((value, i) => {
        const le = bounds[i] ?? '+Inf';
        values.push({ metricName: `${name}_bucket`, value, labels: { ...labels, le } });
      });
      values.push({ metricName: `${name}_sum`, value: sum, labels });
      values.push({ metricName: `${name}_count`, value: counts.at(-1)!, labels });
    }
    return { name, help, type, aggregator, values };
  }

  /** For our renderer, which can show native buckets. */
  [readRows](): MetricRows {
    const rows = this.#rows();
    const { bounds } = this.#source.latencyBuckets;
    return { kind: 'histograms', bounds, count: rows.length, read: (index) => rows[index] };
  }

  reset(): void {
    // Counters of threads cannot be set back; registry.resetMetrics() is a test's tool.
  }

  #rows(): HistogramRow[] {
    const { schema } = this.#source.latencyBuckets;
    return this.#row.latencies(this.#source).map(({ labels, latency }) => ({
      labels,
      counts: cumulated(latency.counts),
      sum: latency.sumSeconds,
      exemplars: undefined,
      native: nativeOf(latency, schema),
    }));
  }
}

function cumulated(counts: readonly number[]): Float64Array {
  let total = 0;
  return Float64Array.from(counts, (count) => (total += count));
}

function nativeOf({ buckets }: LatencyView, schema: number): HistogramRow['native'] {
  // Numbers as names of properties come in the order of text where they are below 0.
  const indexes = Object.keys(buckets)
    .map(Number)
    .sort((a, b) => a - b);
  const counts = indexes.map((index) => buckets[index]!);
  const { spans, counts: positiveCounts } = spansOf(indexes, counts, indexes.length);
  return {
    schema,
    zeroThreshold: 2 ** -128,
    zeroCount: 0,
    positiveSpans: spans,
    positiveCounts,
    negativeSpans: [],
    negativeCounts: [],
  };
}
