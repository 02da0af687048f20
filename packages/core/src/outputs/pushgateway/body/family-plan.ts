import { isPlainMetricName } from '../../../exposition/render/text-format.js';
import type { HistogramSample } from '../../../model/histogram.js';
import type { Metadata, MetricType } from '../../../model/metadata.js';
import type { LabelPair, MetricFamily, ValueType } from '../../../model/metric-family.js';
import { classicForm } from './classic-form.js';
import { type FamilyOf, familyOf } from './family-of.js';
import type { PushedSeries } from './pushed-series.js';

/** A series of a family: where in a body's columns its numbers stand; -1: nowhere. */
interface PlannedSeries {
  readonly labels: readonly LabelPair[];
  value: number;
  sum: number;
  count: number;
  native: number;
  /** Of buckets and quantiles. */
  readonly bounds: { readonly bound: number; readonly at: number }[];
}

interface PlannedFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly series: Map<string, PlannedSeries>;
}

/** What a gateway of before 1.8 would read as zeros, or choke on, is written as it can read it. */
export interface HistogramSupport {
  readonly native: boolean;
}

/**
 * The series of a group put together to families, for protobuf: it has no lone `_bucket`. Which series
 * belong together is found once; {@link families} fills in numbers.
 */
export class FamilyPlan {
  readonly #families = new Map<string, PlannedFamily>();

  /** @param histograms series of native histograms */
  constructor(
    series: readonly PushedSeries[],
    histograms: readonly PushedSeries[],
    metadata: ReadonlyMap<string, Metadata>,
  ) {
    for (const [at, { name, labels }] of series.entries()) {
      this.#add(labels, familyOf(name, metadata), at);
    }
    for (const [at, { name, labels }] of histograms.entries()) {
      const { type = 'histogram', help = '' } = metadata.get(name) ?? {};
      const isGauge = type === 'gaugehistogram';
      const family = this.#family(name, isGauge ? type : 'histogram', help);
      this.#series(family, labels).native = at;
    }
  }

  *families(
    values: Float64Array,
    histograms: readonly HistogramSample[],
    support: HistogramSupport,
  ): Generator<MetricFamily> {
    for (const family of this.#families.values()) {
      const { name, type, help: text } = family;
      const help = text === '' ? undefined : text;
      const series = [...family.series.values()];
      if (type === 'summary') {
        yield { name, type, help, series: series.map((one) => summaryOf(one, values)) };
      } else if (type === 'histogram' || type === 'gaugehistogram') {
        const read = series.map((one) => histogramOf(one, values, histograms, support));
        // 1.5 answers no scrape any more once it holds the type that came later.
        yield { name, type: support.native ? type : 'histogram', help, series: read };
      } else {
        const lone = series.filter(({ value }) => value >= 0);
        const read = lone.map(({ labels, value }) => ({ labels, value: values[value]! }));
        yield { name, type: type as ValueType, help, series: read };
      }
    }
  }

  #add(labels: readonly LabelPair[], { family: name, type, help, part }: FamilyOf, at: number) {
    const family = this.#family(name, type, help);
    if (part === 'value') {
      this.#series(family, labels).value = at;
      return;
    }
    if (part === 'sum' || part === 'count') {
      this.#series(family, labels)[part] = at;
      return;
    }
    const boundLabel = part === 'bucket' ? 'le' : 'quantile';
    const bound = labels.find(([label]) => label === boundLabel)?.[1];
    const rest = labels.filter(([label]) => label !== boundLabel);
    if (bound !== undefined) this.#series(family, rest).bounds.push({ bound: boundOf(bound), at });
  }

  #family(name: string, type: MetricType, help: string): PlannedFamily {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { name, type, help, series: new Map() };
      this.#families.set(name, family);
    }
    return family;
  }

  #series({ series }: PlannedFamily, labels: readonly LabelPair[]): PlannedSeries {
    const key = JSON.stringify(labels);
    let planned = series.get(key);
    if (planned === undefined) {
      planned = { labels, value: -1, sum: -1, count: -1, native: -1, bounds: [] };
      series.set(key, planned);
    }
    return planned;
  }
}

/** Whether text of before UTF-8 names can hold a series. */
export function isPlainSeries({ name, labels }: PushedSeries): boolean {
  return isPlainMetricName(name) && labels.every(([label]) => plainLabel.test(label));
}

const plainLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function boundOf(text: string): number {
  return text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
}

function summaryOf({ labels, bounds, sum, count }: PlannedSeries, values: Float64Array) {
  const sorted = [...bounds].sort((a, b) => a.bound - b.bound);
  return {
    labels,
    quantiles: sorted.map(({ bound }) => bound),
    quantileValues: sorted.map(({ at }) => values[at]!),
    sum: values[sum] ?? 0,
    count: Math.round(values[count] ?? 0),
  };
}

function histogramOf(
  planned: PlannedSeries,
  values: Float64Array,
  histograms: readonly HistogramSample[],
  support: HistogramSupport,
) {
  const sample = histograms[planned.native];
  if (sample !== undefined && planned.bounds.length === 0) {
    return nativeSeries(planned.labels, sample, support);
  }
  const sorted = [...planned.bounds].sort((a, b) => a.bound - b.bound);
  const bucketCounts = sorted.map(({ at }) => values[at]!);
  const count = values[planned.count] ?? sample?.count ?? bucketCounts.at(-1) ?? 0;
  const classic = {
    labels: planned.labels,
    upperBounds: sorted.map(({ bound }) => bound),
    sum: values[planned.sum] ?? sample?.sum ?? 0,
  };
  return {
    ...classic,
    ...countsOf(bucketCounts, count, support),
    ...(support.native && sample !== undefined ? { native: sample } : {}),
  };
}

function nativeSeries(
  labels: readonly LabelPair[],
  sample: HistogramSample,
  support: HistogramSupport,
) {
  const { sum, isFloat } = sample;
  const { upperBounds, bucketCounts } = classicForm(sample);
  if (!support.native || upperBounds.length > 0) {
    return { labels, sum, upperBounds, ...countsOf(bucketCounts, sample.count, support) };
  }
  return { labels, sum, upperBounds, bucketCounts, count: sample.count, isFloat, native: sample };
}

/** Counts with fractions have fields of their own, which old gateways do not know. */
function countsOf(bucketCounts: readonly number[], count: number, { native }: HistogramSupport) {
  const isFloat = native && ![...bucketCounts, count].every(Number.isInteger);
  if (isFloat || native) return { bucketCounts, count, isFloat };
  return { bucketCounts: bucketCounts.map(Math.round), count: Math.round(count), isFloat };
}
