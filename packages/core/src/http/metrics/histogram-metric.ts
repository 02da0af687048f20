import {
  type HistogramRow,
  type MetricRows,
  type RowExemplar,
  type RowLabels,
  readRows,
} from '../../self/metric-rows.js';
import type {
  RegistryMetric,
  RegistryMetricValues,
  SharedLabelsSample,
} from '../../self/registry.js';
import type { HistogramText } from '../options/recorder-options.js';
import type { Exemplars } from '../recorder/exemplars.js';
import type { HistogramCells } from '../recorder/histogram-cells.js';
import { HistogramSeriesRow } from './histogram-series.js';
import { type RecorderSource, ShownLabels } from './recorder-source.js';

type HistogramRows = Extract<MetricRows, { kind: 'histograms' }>;

const noLabels: RowLabels = {};

/** By how much the wall clock and the monotonic one may part before exemplars get another time. */
const mostOriginErrorMs = 100;

/** A histogram of a recorder as a prom-client registry knows one; nothing is made before a scrape. */
export class HttpHistogramMetric implements RegistryMetric {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #source: RecorderSource;
  readonly #cells: HistogramCells;
  readonly #exemplars: Exemplars | undefined;
  readonly #bounds: readonly number[];
  /** `{le}` of each bucket, one object for all series. */
  readonly #bucketLabels: readonly RowLabels[];
  readonly #labels = new ShownLabels();
  #originMs = Number.NaN;

  constructor(
    { name, help, buckets }: HistogramText,
    source: RecorderSource,
    cells: HistogramCells,
    exemplars?: Exemplars,
  ) {
    this.name = name;
    this.help = help;
    this.#source = source;
    this.#cells = cells;
    this.#exemplars = exemplars;
    this.#bounds = buckets;
    this.#bucketLabels = [...buckets.map((le) => ({ le })), { le: '+Inf' }];
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
  getForPromString(): RegistryMetricValues {
    return { ...this.#description(), values: this.#samples() };
  }

  /** For our renderer: in place, series by series. */
  [readRows](): HistogramRows {
    this.#source.collect();
    const { table } = this.#source;
    const originMs = this.#origin();
    const render = table.nextRender();
    const buckets = this.#bounds.length + 1;
    const row = new HistogramSeriesRow(this.#cells, buckets, this.#exemplars, originMs);
    const read = (series: number): HistogramRow | undefined => {
      const labels = table.labelsOf(series);
      if (labels === undefined || !table.isOlder(series, render)) return undefined;
      if (!row.read(series)) return undefined;
      row.labels = this.#labels.of(series, labels);
      row.createdMs = table.createdMsOf(series);
      return row;
    };
    return { kind: 'histograms', bounds: this.#bounds, count: table.last + 1, read };
  }

  reset(): void {
    this.#source.reset();
  }

  /**
   * The wall clock counts whole milliseconds, so each reading is another. An exemplar must keep its time: Prometheus
   * stores one with a later time again and warns of one with an earlier.
   */
  #origin(): number {
    const originMs = this.#source.originMs();
    const isRight = Math.abs(originMs - this.#originMs) < mostOriginErrorMs;
    if (!isRight) this.#originMs = originMs;
    return this.#originMs;
  }

  #description(): Omit<RegistryMetricValues, 'values'> {
    return { name: this.name, help: this.help, type: this.type, aggregator: this.aggregator };
  }

  #samples(): ExemplarSample[] {
    const { count, read } = this[readRows]();
    const samples: ExemplarSample[] = [];
    for (let series = 0; series < count; series++) {
      const row = read(series);
      if (row !== undefined) this.#addSamples(samples, row);
    }
    return samples;
  }

  #addSamples(samples: ExemplarSample[], { labels, counts, sum, exemplars }: HistogramRow): void {
    const shared = { sharedLabels: labels };
    for (const [i, le] of this.#bucketLabels.entries()) {
      const exemplar = exemplars?.[i];
      const value = counts[i] as number;
      const sample = { labels: le, value, metricName: `${this.name}_bucket`, ...shared };
      samples.push(exemplar ? { ...sample, exemplar } : sample);
    }
    const count = counts.at(-1) as number;
    const lone = { labels: noLabels, ...shared };
    samples.push({ ...lone, value: sum, metricName: `${this.name}_sum` });
    samples.push({ ...lone, value: count, metricName: `${this.name}_count` });
  }
}

/** prom-client shows exemplars where its registry is an OpenMetrics one. */
type ExemplarSample = SharedLabelsSample & { readonly exemplar?: RowExemplar };
