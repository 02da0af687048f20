import { type HistogramRow, type MetricRows, readRows } from '../self/metric-rows.js';
import type { RegistryMetric, RegistryMetricValues, SharedLabelsSample } from '../self/registry.js';
import type { HttpRecorderOptions } from './http-options.js';
import type { HttpSeries, HttpSeriesTable } from './http-series.js';

type Labels = Record<string, string | number>;

/** The recorder's histogram as a prom-client registry knows one; nothing is made before a scrape. */
export class HttpMetric implements RegistryMetric {
  readonly name: string;
  readonly help = 'Duration of HTTP requests in seconds.';
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #series: HttpSeriesTable;
  readonly #onReset: () => void;
  readonly #bounds: readonly number[];
  readonly #labelNames: HttpRecorderOptions['labelNames'];
  /** `{le}` of each bucket, one object for all series. */
  readonly #bucketLabels: readonly Labels[];
  /** prom-client keeps the text of a sharedLabels object it has seen, so the objects are kept too. */
  readonly #seriesLabels = new WeakMap<HttpSeries, Labels>();

  /** `onReset` is told when a registry resets the metric: the series' numbers are void then. */
  constructor(options: HttpRecorderOptions, series: HttpSeriesTable, onReset: () => void) {
    this.name = options.name;
    this.#series = series;
    this.#onReset = onReset;
    this.#labelNames = options.labelNames;
    this.#bounds = options.buckets;
    this.#bucketLabels = [...options.buckets.map((le) => ({ le })), { le: '+Inf' }];
  }

  /** For `getMetricsAsJSON` and cluster aggregation: each sample with all its labels. */
  get(): RegistryMetricValues {
    const values = this.#samples().map(({ labels, sharedLabels, ...sample }) => ({
      ...sample,
      labels: { ...labels, ...sharedLabels },
    }));
    return { ...this.#description(), values };
  }

  /** For prom-client's own renderer, which escapes shared labels once. */
  getForPromString(): RegistryMetricValues & { values: readonly SharedLabelsSample[] } {
    return { ...this.#description(), values: this.#samples() };
  }

  /** For our renderer: in place, series by series. */
  [readRows](): MetricRows {
    const series = this.#series;
    const bounds = this.#bounds;
    const cumulated = new Float64Array(bounds.length + 1);
    const read = (id: number): HistogramRow | undefined => {
      const found = series.read(id);
      if (found === undefined) return undefined;
      const [labels, counts, sum] = found;
      let total = 0;
      for (let i = 0; i < cumulated.length; i++) {
        total += counts[i] as number;
        cumulated[i] = total;
      }
      return { labels: this.#labelsOf(labels), counts: cumulated, sum, exemplars: undefined };
    };
    return { kind: 'histograms', bounds, count: series.size, read };
  }

  reset(): void {
    this.#series.reset();
    this.#onReset();
  }

  #description(): Omit<RegistryMetricValues, 'values'> {
    return { name: this.name, help: this.help, type: this.type, aggregator: this.aggregator };
  }

  #samples(): SharedLabelsSample[] {
    const samples: SharedLabelsSample[] = [];
    const bucketName = `${this.name}_bucket`;
    const sumName = `${this.name}_sum`;
    const countName = `${this.name}_count`;
    this.#series.forEach((series, counts, sum) => {
      const sharedLabels = this.#labelsOf(series);
      let cumulated = 0;
      for (const [i, labels] of this.#bucketLabels.entries()) {
        cumulated += counts[i] ?? 0;
        samples.push({ labels, value: cumulated, metricName: bucketName, sharedLabels });
      }
      samples.push({ labels: {}, value: sum, metricName: sumName, sharedLabels });
      samples.push({ labels: {}, value: cumulated, metricName: countName, sharedLabels });
    });
    return samples;
  }

  #labelsOf(series: HttpSeries): Labels {
    let labels = this.#seriesLabels.get(series);
    if (labels === undefined) {
      const { method, route, statusCode } = this.#labelNames;
      labels = {
        [method]: series.method,
        [route]: series.route,
        [statusCode]: series.statusCode,
      };
      this.#seriesLabels.set(series, labels);
    }
    return labels;
  }
}
