import { PromAgentError } from '../../errors.js';
import { type HistogramRow, type MetricRows, type RowLabels, readRows } from '../metric-rows.js';
import type { RegistryMetric, RegistryMetricValues, SharedLabelsSample } from '../registry.js';
import {
  checkNames,
  type NativeHistogramOptions,
  type NativeSeriesSettings,
  seriesSettings,
} from './native-histogram-options.js';
import { NativeSeries } from './native-series.js';
import { SeriesTree, valueText } from './series-tree.js';

const overflowLabel = '__overflow__';
const noLabels: RowLabels = {};

/**
 * A histogram with the exponential buckets of Prometheus' native histograms, for any registry of
 * prom-client's shape. The agent's `/metrics` shows them in protobuf, the one format that has them;
 * everywhere else it is a classic histogram of `buckets`, or of +Inf alone.
 *
 * @throws PromAgentError METRIC_INVALID for options it cannot use.
 */
export class NativeHistogram implements RegistryMetric {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #labelNames: readonly string[];
  readonly #maxSeries: number;
  readonly #settings: NativeSeriesSettings;
  readonly #tree: SeriesTree<NativeSeries>;
  /** Replaced, not changed, when one is taken out: a render may be in the middle of it. */
  #series: NativeSeries[] = [];
  readonly #detached = new WeakSet<NativeSeries>();
  #overflow: NativeSeries | undefined;

  constructor(options: NativeHistogramOptions) {
    const { labelNames, maxSeries } = checkNames(options);
    this.name = options.name;
    this.help = options.help;
    this.#labelNames = labelNames;
    this.#maxSeries = maxSeries;
    this.#settings = seriesSettings(options);
    this.#tree = new SeriesTree(labelNames);
    if (labelNames.length === 0) this.#series.push(new NativeSeries({}, this.#settings));
    for (const registry of options.registers ?? []) registry.registerMetric(this as never);
  }

  /** Counts an observation of the series with these labels. */
  observe(labels: RowLabels, value: number): void;
  /** The same of a histogram without labels. */
  observe(value: number): void;
  observe(labels: RowLabels | number, value = Number.NaN): void {
    if (typeof labels === 'number') this.labels(noLabels).observe(labels);
    else this.labels(labels).observe(value);
  }

  /**
   * The series with these labels, to keep where it is needed often: its `observe(value)` looks nothing
   * up and allocates nothing. It is shown from its first observation on.
   * @throws PromAgentError METRIC_INVALID for a label that is not one of `labelNames`.
   */
  labels(labels: RowLabels): NativeSeries {
    for (const name in labels) if (!this.#labelNames.includes(name)) throw this.#unknown(name);
    const only = this.#labelNames.length === 0 ? this.#series[0] : undefined;
    return only ?? this.#tree.find(labels) ?? this.#add(labels);
  }

  /** Takes a series out; what still holds it counts unseen. */
  remove(labels: RowLabels): void {
    const gone = this.#labelNames.length === 0 ? undefined : this.#tree.find(labels);
    if (gone === undefined) return;
    this.#tree.remove(labels);
    this.#detached.add(gone);
    this.#series = this.#series.filter((series) => series !== gone);
  }

  /** Sets all series back to nothing; those with labels are hidden until they count again. */
  reset(): void {
    for (const series of this.#series) series.reset();
    this.#overflow?.reset();
  }

  /** The classic form, each sample with all its labels: `getMetricsAsJSON` and cluster mode. */
  get(): RegistryMetricValues {
    const samples = this.#samples().map(({ sharedLabels, ...sample }) => ({
      ...sample,
      labels: { ...sample.labels, ...sharedLabels },
    }));
    return { ...this.#description(), values: samples };
  }

  /** The same for prom-client's own renderer, which puts default labels between the two. */
  getForPromString(): RegistryMetricValues {
    return { ...this.#description(), values: this.#samples() };
  }

  /** For our renderer: series by series. */
  [readRows](): Extract<MetricRows, { kind: 'histograms' }> {
    const series = this.#series;
    const shown = this.#overflow === undefined ? series : [...series, this.#overflow];
    const bounds = Array.from(this.#settings.bounds);
    const counts = new Float64Array(bounds.length + 1);
    const read = (index: number): HistogramRow | undefined => {
      const found = shown[index];
      if (found === undefined || !this.#isShown(found)) return undefined;
      found.readClassic(counts);
      const { labels, sum, createdMs } = found;
      const row = { labels, counts, sum, createdMs, native: found.readNative() };
      found.resetIfDue();
      return { ...row, exemplars: undefined };
    };
    return { kind: 'histograms', bounds, count: shown.length, read };
  }

  #isShown(series: NativeSeries): boolean {
    if (this.#labelNames.length === 0) return true;
    return series.count > 0 && !this.#detached.has(series);
  }

  #description(): Omit<RegistryMetricValues, 'values'> {
    return { name: this.name, help: this.help, type: this.type, aggregator: this.aggregator };
  }

  #samples(): SharedLabelsSample[] {
    const { bounds, count, read } = this[readRows]();
    const columns = [...bounds, '+Inf'].map((le) => ({ le }));
    const samples: SharedLabelsSample[] = [];
    const add = (suffix: string, value: number, sharedLabels: RowLabels, labels = noLabels) =>
      samples.push({ metricName: this.name + suffix, value, labels, sharedLabels });
    for (let i = 0; i < count; i++) {
      const row = read(i);
      if (row === undefined) continue;
      const { labels, counts, sum } = row;
      columns.forEach((column, at) => void add('_bucket', counts[at]!, labels, column));
      add('_sum', sum, labels);
      add('_count', counts[bounds.length]!, labels);
    }
    return samples;
  }

  #add(labels: RowLabels): NativeSeries {
    if (this.#series.length >= this.#maxSeries) return this.#overflowSeries();
    const own: Record<string, string> = {};
    for (const name of this.#labelNames) {
      const value = valueText(labels[name]);
      if (value !== '') own[name] = value;
    }
    const series = new NativeSeries(own, this.#settings);
    this.#series.push(series);
    this.#tree.add(own, series);
    return series;
  }

  #overflowSeries(): NativeSeries {
    if (this.#overflow === undefined) {
      const labels = Object.fromEntries(this.#labelNames.map((name) => [name, overflowLabel]));
      this.#overflow = new NativeSeries(labels, this.#settings);
    }
    return this.#overflow;
  }

  #unknown(label: string): PromAgentError {
    const known = this.#labelNames.join(', ') || 'none';
    return new PromAgentError(
      'METRIC_INVALID',
      `${this.name} has no label ${label}: its labelNames are ${known}`,
      { data: { metric: this.name, label } },
    );
  }
}
