import { type MetricRows, readRows, type SummaryRow } from '../../self/metric-rows.js';
import type { RegistryMetric, RegistryMetricValues, RegistrySample } from '../../self/registry.js';
import type { SummaryText } from '../options/recorder-options.js';
import type { HistogramCells } from '../recorder/histogram-cells.js';
import { quantileOf } from './quantile.js';
import { type RecorderSource, ShownLabels } from './recorder-source.js';

/**
 * Quantiles of durations since the start, read from the cells of the histogram: within 5 % of the
 * durations themselves, and nothing is done for them per request.
 */
export class HttpSummaryMetric implements RegistryMetric {
  readonly name: string;
  readonly help: string;
  readonly type = 'summary';
  /** As prom-client's. */
  readonly aggregator = 'sum';
  readonly #source: RecorderSource;
  readonly #cells: HistogramCells;
  readonly #percentiles: readonly number[];
  readonly #labels = new ShownLabels();

  constructor(text: SummaryText, source: RecorderSource, cells: HistogramCells) {
    this.name = text.name;
    this.help = text.help;
    this.#percentiles = text.percentiles;
    this.#source = source;
    this.#cells = cells;
  }

  get(): RegistryMetricValues {
    const { name, help, type, aggregator } = this;
    const { count, read } = this[readRows]();
    const values: RegistrySample[] = [];
    for (let series = 0; series < count; series++) {
      const row = read(series);
      if (row === undefined) continue;
      const { labels, sum } = row;
      for (const [i, quantile] of this.#percentiles.entries()) {
        values.push({ labels: { quantile, ...labels }, value: row.values[i] as number });
      }
      values.push({ metricName: `${name}_sum`, labels, value: sum });
      values.push({ metricName: `${name}_count`, labels, value: row.count });
    }
    return { name, help, type, aggregator, values };
  }

  [readRows](): Extract<MetricRows, { kind: 'summaries' }> {
    this.#source.collect();
    const { table } = this.#source;
    const render = table.nextRender();
    const quantiles = this.#percentiles;
    const read = (series: number): SummaryRow | undefined => {
      const found = this.#cells.read(series);
      const labels = table.labelsOf(series);
      if (found === undefined || labels === undefined) return undefined;
      if (!table.isOlder(series, render)) return undefined;
      const { bounds } = this.#cells.grid;
      const count = this.#cells.countOf(series);
      const values = quantiles.map((q) => quantileOf(q, bounds, found.counts, count));
      return { labels: this.#labels.of(series, labels), values, sum: found.sum, count };
    };
    return { kind: 'summaries', quantiles, count: table.last + 1, read };
  }

  reset(): void {
    this.#source.reset();
  }
}
