import type { HistogramSample } from '../../model/histogram.js';
import type { BodyMemory } from '../body-memory.js';
import type { ParseOptions } from '../parse-options.js';
import type { ParsedBody } from '../parsed-body.js';
import { seriesContext } from '../series-context.js';
import { ExemplarMessage } from './exemplar-message.js';
import { FamilyHeader, familyType } from './family-header.js';
import { type CommentKeyword, FamilyText } from './family-text.js';
import { LabelRanges } from './label-ranges.js';
import { MetricMessage, valueFields } from './metric-message.js';
import { customBuckets, nativeHistogram } from './native-histogram.js';
import { ProtoCursor } from './proto-cursor.js';

const commentKeywords: readonly CommentKeyword[] = ['HELP', 'TYPE', 'UNIT'];

/** Of a metric, by `familyType`. */
const fieldOfType = [
  valueFields.counter,
  valueFields.gauge,
  valueFields.summary,
  valueFields.untyped,
  valueFields.histogram,
  valueFields.histogram,
];

/**
 * Parses delimited MetricFamily messages as Prometheus' protobufparse.go does: what a text exposition
 * of the same families would hold, plus native histograms. Series and comments get the text they would
 * have there, so the same series is the same key in every format.
 */
export class ProtobufParser {
  readonly #memory: BodyMemory;
  readonly #options: ParseOptions;
  readonly #cursor = new ProtoCursor();
  readonly #family = new FamilyHeader();
  readonly #metric = new MetricMessage();
  readonly #labels = new LabelRanges();
  readonly #exemplar = new ExemplarMessage();
  readonly #text: FamilyText;

  constructor(memory: BodyMemory, options: ParseOptions) {
    this.#memory = memory;
    this.#options = options;
    const typeAndUnit = options.typeAndUnitLabels === true;
    this.#text = new FamilyText(this.#cursor, this.#family, this.#labels, typeAndUnit);
  }

  parse(body: Uint8Array, length: number, out: ParsedBody): void {
    const cursor = this.#cursor;
    cursor.begin(body, length);
    try {
      while (cursor.at < length) {
        const end = cursor.delimited();
        cursor.end = end;
        this.#family.read(cursor);
        if (this.#family.metrics.count > 0) this.#readFamily(out);
        cursor.at = end;
        cursor.end = length;
      }
    } finally {
      cursor.close();
    }
  }

  #readFamily(out: ParsedBody): void {
    const cursor = this.#cursor;
    const { metrics, type } = this.#family;
    this.#text.beginFamily();
    this.#takeComments();
    for (let i = 0; i < metrics.count; i += 2) {
      cursor.at = metrics.values[i]!;
      cursor.end = metrics.values[i + 1]!;
      this.#metric.read(cursor, fieldOfType[type]!);
      this.#labels.read(cursor, this.#metric.labels);
      this.#readMetric(metrics.values[i]!, out);
    }
  }

  /** Notes what the family says of itself. When it is what is expected it was checked before. */
  #takeComments(): void {
    let isChecked = false;
    for (const keyword of commentKeywords) {
      if (!this.#text.hasComment(keyword)) continue;
      const memory = this.#memory;
      const expected = memory.expectedComment;
      if (expected >= 0 && this.#text.matchesComment(keyword, memory.comments.keys, expected)) {
        memory.order.cursor++;
        continue;
      }
      if (!isChecked) this.#family.check(this.#cursor.bytes);
      isChecked = true;
      this.#text.writeComment(keyword);
      const { bytes, view, length } = this.#text.line;
      memory.takeComment(bytes, view, 0, length);
    }
  }

  #readMetric(offset: number, out: ParsedBody): void {
    const metric = this.#metric;
    const { type } = this.#family;
    if (type === familyType.summary) this.#readSummary(out);
    else if (type === familyType.histogram || type === familyType.gaugeHistogram) {
      this.#readHistogram(offset, type === familyType.gaugeHistogram, out);
    } else {
      const sample = this.#add('', '', 0, metric.value, out);
      if (type === familyType.counter) this.#addExemplars(sample, 0, metric.exemplars.count, out);
    }
  }

  #readHistogram(offset: number, isGauge: boolean, out: ParsedBody): void {
    const metric = this.#metric;
    const options = this.#options;
    const keepsClassic = options.alwaysScrapeClassicHistograms === true;
    if (options.scrapeNativeHistograms === true && metric.isNative) {
      this.#addNative(nativeHistogram(metric, isGauge, offset), out);
      if (keepsClassic && metric.bounds.count > 0) this.#readClassic(out);
      return;
    }
    const isConverted = options.convertClassicHistogramsToNhcb === true && !isGauge;
    if (keepsClassic || !isConverted) this.#readClassic(out);
    if (!isConverted) return;
    const converted = customBuckets(metric);
    if (converted !== undefined) this.#addNative(converted, out);
  }

  #readSummary(out: ParsedBody): void {
    const { count, sum, bounds, boundValues } = this.#metric;
    this.#add('_count', '', 0, count, out);
    this.#add('_sum', '', 0, sum, out);
    for (let i = 0; i < bounds.count; i++) {
      this.#add('', 'quantile', bounds.values[i]!, boundValues.values[i]!, out);
    }
  }

  /** The buckets up to +Inf, which is added where it is missing. */
  #readClassic(out: ParsedBody): void {
    const { count, countFloat, sum, bounds, boundValues } = this.#metric;
    const total = countFloat === 0 ? count : countFloat;
    this.#add('_count', '', 0, total, out);
    this.#add('_sum', '', 0, sum, out);
    for (let i = 0; i < bounds.count; i++) {
      const sample = this.#add('_bucket', 'le', bounds.values[i]!, boundValues.values[i]!, out);
      this.#addExemplars(sample, 2 * i, 2 * i + 2, out);
      if (bounds.values[i] === Infinity) return;
    }
    this.#add('_bucket', 'le', Infinity, total, out);
  }

  #addNative(histogram: HistogramSample, out: ParsedBody): void {
    const { exemplars, nativeExemplars } = this.#metric;
    const sample = this.#add('', '', 0, histogram.sum, out);
    out.addHistogram(sample, histogram);
    const ranges = nativeExemplars.count > 0 ? nativeExemplars : exemplars;
    for (let i = 0; i < ranges.count; i += 2) {
      // Without a time an exemplar of a native histogram tells nothing of its bucket's age.
      if (this.#readExemplar(ranges.values[i]!, ranges.values[i + 1]!)) {
        if (!Number.isNaN(this.#exemplar.timestampMs)) this.#addExemplar(sample, out);
      }
    }
  }

  /** Adds a sample of the metric; `boundLabel` is empty, `le` or `quantile`. Returns its index. */
  #add(suffix: string, boundLabel: string, bound: number, value: number, out: ParsedBody): number {
    const { timestampMs, createdMs } = this.#metric;
    out.reserve(1);
    const sample = out.count++;
    out.slots[sample] = this.#takeSeries(suffix, boundLabel, bound);
    out.values[sample] = value;
    // 0 is what is left out.
    out.timestampsMs[sample] = timestampMs === 0 ? NaN : timestampMs;
    if (timestampMs !== 0) out.hasTimestamps = true;
    if (!Number.isNaN(createdMs)) out.setCreated(sample, createdMs);
    return sample;
  }

  #takeSeries(suffix: string, boundLabel: string, bound: number): number {
    const memory = this.#memory;
    const expected = memory.expectedSeries;
    if (expected >= 0 && this.#isText(memory.keys.ids[expected]!, suffix, boundLabel, bound)) {
      memory.order.cursor++;
      return expected;
    }
    this.#labels.check(this.#cursor.bytes);
    this.#text.writeSeries(suffix, boundLabel, bound);
    const { bytes, view, length } = this.#text.line;
    return memory.takeSeries(bytes, view, 0, length);
  }

  #isText(id: number, suffix: string, boundLabel: string, bound: number): boolean {
    const { table } = this.#memory.keys;
    const isPlain = table.contexts[id] === seriesContext.plain;
    return isPlain && this.#text.matchesSeries(suffix, boundLabel, bound, table, id);
  }

  #addExemplars(sample: number, from: number, to: number, out: ParsedBody): void {
    const { values } = this.#metric.exemplars;
    for (let i = from; i < to; i += 2) {
      if (this.#readExemplar(values[i]!, values[i + 1]!)) this.#addExemplar(sample, out);
    }
  }

  /** False for the empty range, which stands for none. */
  #readExemplar(start: number, end: number): boolean {
    if (start === 0) return false;
    this.#cursor.at = start;
    this.#cursor.end = end;
    this.#exemplar.read(this.#cursor);
    return true;
  }

  #addExemplar(sample: number, out: ParsedBody): void {
    const { start, end, value, timestampMs } = this.#exemplar;
    out.addExemplar(sample, start, end, value, timestampMs);
  }
}
