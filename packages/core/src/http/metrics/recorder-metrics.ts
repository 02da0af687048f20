import type { RegistryMetric } from '../../self/registry.js';
import type { AbortedText, HistogramText, MetricText } from '../options/recorder-options.js';
import type { HistogramCells } from '../recorder/histogram-cells.js';
import { methodLabels } from '../recorder/methods.js';
import { overflowSeries } from '../recorder/series-table.js';
import { HttpHistogramMetric } from './histogram-metric.js';
import { type RecorderSource, ShownLabels } from './recorder-source.js';
import { HttpSummaryMetric } from './summary-metric.js';
import { HttpValueMetric, type ValueRows } from './value-metric.js';

/** The metrics of a recorder that its options ask for. */
export function recorderMetrics(source: RecorderSource): readonly RegistryMetric[] {
  const { options, counts } = source;
  const { duration, summary, timeToHeaders, requestSize, responseSize } = options.metrics;
  const histogram = (text: HistogramText | undefined, cells: HistogramCells | undefined) =>
    text && cells && new HttpHistogramMetric(text, source, cells);
  const counter = (text: MetricText | undefined, rows: ValueRows) =>
    text && new HttpValueMetric(text, 'counter', source, rows);
  const { requests, aborted, inFlight, overflow } = options.metrics;
  return [
    duration && new HttpHistogramMetric(duration, source, counts.duration, counts.exemplars),
    summary && new HttpSummaryMetric(summary, source, counts.duration),
    histogram(timeToHeaders, counts.timeToHeaders),
    histogram(requestSize, counts.requestSize),
    histogram(responseSize, counts.responseSize),
    counter(requests, requestRows(source)),
    aborted && counter(aborted, abortedRows(source, aborted)),
    inFlight && new HttpValueMetric(inFlight, 'gauge', source, inFlightRows(source)),
    counter(overflow, overflowRows(source)),
  ].filter((metric) => metric !== undefined);
}

function requestRows({ table, counts }: RecorderSource): ValueRows {
  const shown = new ShownLabels();
  return {
    count: () => table.last + 1,
    read(series, render) {
      const labels = table.labelsOf(series);
      const value = counts.duration.countOf(series);
      if (labels === undefined || value === 0 || !table.isOlder(series, render)) return undefined;
      return { labels: shown.of(series, labels), value };
    },
  };
}

function abortedRows({ table, counts }: RecorderSource, { leftOut }: AbortedText): ValueRows {
  const shown = new ShownLabels(leftOut);
  const phases = ['before_headers', 'after_headers'];
  return {
    count: () => (table.last + 1) * 2,
    read(index, render) {
      const labels = table.labelsOf(index >> 1);
      const value = counts.aborted[index] ?? 0;
      if (labels === undefined || value === 0 || !table.isOlder(index >> 1, render))
        return undefined;
      return {
        labels: { ...shown.of(index >> 1, labels), phase: phases[index & 1] as string },
        value,
      };
    },
  };
}

function inFlightRows({ options, counts, inFlightRows: rows }: RecorderSource): ValueRows {
  if (rows !== undefined) return rows;
  const { labelNames, constantLabels } = options;
  const { method } = labelNames;
  if (method === undefined) {
    const read = () => ({
      labels: constantLabels,
      value: counts.inFlight.reduce((sum, count) => sum + count, 0),
    });
    return { count: () => 1, read };
  }
  return {
    count: () => methodLabels.length,
    read(place) {
      if (counts.methodsSeen[place] === 0) return undefined;
      const value = counts.inFlight[place] as number;
      return { labels: { [method]: methodLabels[place] as string, ...constantLabels }, value };
    },
  };
}

function overflowRows({ counts }: RecorderSource): ValueRows {
  const read = () => ({ labels: {}, value: counts.duration.countOf(overflowSeries) });
  return { count: () => 1, read };
}
