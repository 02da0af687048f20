import { PromAgentError } from '../../errors.js';
import type { MetricType } from '../../model/metadata.js';
import type {
  FamilyHeader,
  HistogramSeries,
  SummarySeries,
  ValueSeries,
} from '../../model/metric-family.js';
import type { EscapingScheme } from '../content-type.js';
import type { ByteSink } from './byte-sink.js';
import { escapedName } from './escape-name.js';
import { Piece } from './piece.js';
import { SampleLines, SampleName } from './sample-lines.js';
import { escapeHelp, escapeQuoted, floatText, metricNameText } from './text-format.js';

/** The text format has five types; what it lacks goes out as what Prometheus makes of it. */
const textTypes: Readonly<Record<MetricType, string>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  gaugehistogram: 'histogram',
  summary: 'summary',
  info: 'gauge',
  stateset: 'gauge',
  unknown: 'untyped',
};

/** OpenMetrics names these families without what their samples' names end in. */
const sampleSuffixes: Partial<Record<MetricType, string>> = { counter: '_total', info: '_info' };

/** The samples' names of the family that is being written, made when they are needed. */
class FamilyNames {
  readonly #name: string;
  readonly #familyName: string;
  readonly value: SampleName;
  #bucket: SampleName | undefined;
  #sum: SampleName | undefined;
  #count: SampleName | undefined;
  #created: SampleName | undefined;

  constructor(name: string, familyName: string) {
    this.#name = name;
    this.#familyName = familyName;
    this.value = new SampleName(name);
  }

  get bucket(): SampleName {
    this.#bucket ??= new SampleName(`${this.#name}_bucket`);
    return this.#bucket;
  }

  get sum(): SampleName {
    this.#sum ??= new SampleName(`${this.#name}_sum`);
    return this.#sum;
  }

  get count(): SampleName {
    this.#count ??= new SampleName(`${this.#name}_count`);
    return this.#count;
  }

  get created(): SampleName {
    this.#created ??= new SampleName(`${this.#familyName}_created`);
    return this.#created;
  }
}

const noNames = new FamilyNames('', '');

/**
 * Writes families as Prometheus text (0.0.4 and 1.0.0 are the same but for names that need quotes,
 * which the escaping decides) or as OpenMetrics text (0.0.1 and 1.0.0 likewise), byte for byte as
 * prometheus/common expfmt does. Nothing is checked but that a family has a name.
 */
export class TextWriter {
  readonly #sink: ByteSink;
  readonly #isOpenMetrics: boolean;
  readonly #escaping: EscapingScheme;
  readonly #createdLines: boolean;
  readonly #lines: SampleLines;
  readonly #columns = new WeakMap<readonly number[], readonly Piece[]>();
  readonly #infinity = new Piece('le="+Inf"} ');
  #names = noNames;

  /** `createdLines`: OpenMetrics' `_created` samples, which Prometheus takes for series of their own. */
  constructor(
    sink: ByteSink,
    format: 'text' | 'openmetrics',
    escaping: EscapingScheme,
    createdLines = false,
  ) {
    this.#sink = sink;
    this.#isOpenMetrics = format === 'openmetrics';
    this.#escaping = escaping;
    this.#createdLines = createdLines && this.#isOpenMetrics;
    this.#lines = new SampleLines(sink, this.#isOpenMetrics, escaping);
  }

  /** The comments of a family. Throws METRIC_INVALID when it has no name. */
  beginFamily({ name: plainName, type, help, unit }: FamilyHeader): void {
    if (plainName === '') {
      throw new PromAgentError('METRIC_INVALID', 'a metric without a name cannot be exposed');
    }
    const name = escapedName(plainName, this.#escaping);
    const suffix = this.#isOpenMetrics ? (sampleSuffixes[type] ?? '') : '';
    const isSuffixed = name.length > suffix.length && name.endsWith(suffix);
    const familyName = isSuffixed ? name.slice(0, name.length - suffix.length) : name;
    this.#names = new FamilyNames(name, familyName);
    const nameText = metricNameText(familyName);
    let typeText = textTypes[type];
    // A counter whose samples do not end in _total is none in OpenMetrics.
    if (this.#isOpenMetrics) typeText = isSuffixed ? type : 'unknown';
    let text = '';
    if (help !== undefined) {
      text = `# HELP ${nameText} ${this.#isOpenMetrics ? escapeQuoted(help) : escapeHelp(help)}\n`;
    }
    text += `# TYPE ${nameText} ${typeText}\n`;
    if (this.#isOpenMetrics && unit !== undefined && unit !== '') {
      text += `# UNIT ${nameText} ${escapeQuoted(unit)}\n`;
    }
    this.#sink.text(text);
  }

  writeValue(series: ValueSeries): void {
    const lines = this.#lines;
    lines.beginSeries(series.labels);
    lines.head(this.#names.value);
    lines.float(series.value);
    lines.timestamp(series.timestampMs);
    lines.exemplar(series.exemplar);
    lines.end();
    this.#created(series.createdMs);
  }

  writeSummary(series: SummarySeries): void {
    const lines = this.#lines;
    lines.beginSeries(series.labels);
    const columns = this.#columnsOf('quantile', series.quantiles);
    lines.beginColumns(this.#names.value);
    for (let i = 0; i < columns.length; i++) {
      lines.columnHead(columns[i]!);
      lines.float(series.quantileValues[i]!);
      lines.timestamp(series.timestampMs);
      lines.end();
    }
    this.#sumAndCount(series, false);
  }

  /** The classic buckets: text has no native ones. */
  writeHistogram(series: HistogramSeries): void {
    const { upperBounds, bucketCounts, bucketExemplars, timestampMs, isFloat = false } = series;
    const lines = this.#lines;
    lines.beginSeries(series.labels);
    const columns = this.#columnsOf('le', upperBounds);
    lines.beginColumns(this.#names.bucket);
    for (let i = 0; i < columns.length; i++) {
      lines.columnHead(columns[i]!);
      lines.count(bucketCounts[i]!, isFloat);
      lines.timestamp(timestampMs);
      lines.exemplar(bucketExemplars?.[i]);
      lines.end();
    }
    if (upperBounds[upperBounds.length - 1] !== Infinity) {
      lines.columnHead(this.#infinity);
      lines.count(series.count, isFloat);
      lines.timestamp(timestampMs);
      lines.end();
    }
    this.#sumAndCount(series, isFloat);
  }

  endFamily(): void {}

  /** The end of the body. */
  end(): void {
    if (this.#isOpenMetrics) this.#sink.ascii('# EOF\n');
  }

  #sumAndCount(series: SummarySeries | HistogramSeries, isFloat: boolean): void {
    const lines = this.#lines;
    lines.head(this.#names.sum);
    lines.float(series.sum);
    lines.timestamp(series.timestampMs);
    lines.end();
    lines.head(this.#names.count);
    lines.count(series.count, isFloat);
    lines.timestamp(series.timestampMs);
    lines.end();
    this.#created(series.createdMs);
  }

  #created(createdMs: number | undefined): void {
    if (!this.#createdLines || createdMs === undefined) return;
    this.#lines.head(this.#names.created);
    this.#lines.seconds(createdMs);
    this.#lines.end();
  }

  #columnsOf(label: 'le' | 'quantile', bounds: readonly number[]): readonly Piece[] {
    let columns = this.#columns.get(bounds);
    if (columns === undefined) {
      columns = bounds.map((b) => new Piece(`${label}="${floatText(b, this.#isOpenMetrics)}"} `));
      this.#columns.set(bounds, columns);
    }
    return columns;
  }
}
