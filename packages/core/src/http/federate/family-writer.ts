import type { EscapingScheme } from '../../exposition/content-type.js';
import { ByteSink } from '../../exposition/render/byte-sink.js';
import { escapedName } from '../../exposition/render/escape-name.js';
import type { RenderFormat } from '../../exposition/render/exposition-writer.js';
import { ProtobufWriter } from '../../exposition/render/protobuf-writer.js';
import {
  escapeQuoted,
  floatText,
  labelNameText,
  seriesText,
} from '../../exposition/render/text-format.js';
import type { HistogramSample } from '../../model/histogram.js';
import type { MetricType } from '../../model/metadata.js';
import type { SelectedSample } from './federated-families.js';
import { fromBinary, toBinary } from './label-bytes.js';
import { labelsOfKey } from './label-key.js';

/** One message to the main thread and one write to a socket. */
const blockBytes = 65_536;

/** Writes the samples of one metric name, a binary string as all of them. */
export type FamilyWriter = TextFamilyWriter | ProtobufFamilyWriter;

export function familyWriter(name: string, { format, escaping }: RenderFormat): FamilyWriter {
  return format === 'protobuf'
    ? new ProtobufFamilyWriter(name, escaping)
    : new TextFamilyWriter(name, escaping);
}

class TextFamilyWriter {
  readonly #name: string;
  readonly #escaping: EscapingScheme;
  readonly #labelNames = new Map<string, string>();
  #text = '';

  constructor(name: string, escaping: EscapingScheme) {
    this.#name = escapedBinary(name, escaping);
    this.#escaping = escaping;
  }

  get empty(): boolean {
    return this.#text === '';
  }

  get full(): boolean {
    return this.#text.length >= blockBytes;
  }

  add({ key, value, timestampMs }: SelectedSample): void {
    const pairs = labelsWithInstance(key)
      .map(([name, labelValue]) => `${this.#labelName(name)}="${escapeQuoted(labelValue)}"`)
      .join(',');
    this.#text += `${seriesText(this.#name, pairs)} ${floatText(value, false)} ${timestampMs}\n`;
  }

  take(): Uint8Array {
    const bytes = Buffer.from(this.#text, 'latin1');
    this.#text = '';
    return bytes;
  }

  #labelName(name: string): string {
    let text = this.#labelNames.get(name);
    if (text === undefined) {
      text = labelNameText(escapedBinary(name, this.#escaping));
      this.#labelNames.set(name, text);
    }
    return text;
  }
}

/**
 * Each block is a MetricFamily of its own, as its length comes first and all of it would be kept for
 * that. Series of another type are another one, too (web/federate.go).
 */
class ProtobufFamilyWriter {
  readonly #name: string;
  readonly #sink = new ByteSink();
  readonly #writer: ProtobufWriter;
  #bytes = 0;
  #type: MetricType | undefined;

  constructor(name: string, escaping: EscapingScheme) {
    this.#name = fromBinary(name);
    this.#writer = new ProtobufWriter(this.#sink, escaping);
  }

  get empty(): boolean {
    return this.#bytes === 0;
  }

  get full(): boolean {
    return this.#bytes >= blockBytes;
  }

  add({ key, value, histogram, timestampMs }: SelectedSample): void {
    this.#begin(typeOf(histogram));
    const labels = labelsWithInstance(key).map(
      ([name, labelValue]) => [fromBinary(name), fromBinary(labelValue)] as const,
    );
    this.#bytes += key.length;
    if (histogram === undefined) {
      this.#writer.writeValue({ labels, value, timestampMs });
      return;
    }
    const { count, sum } = histogram;
    const series = { labels, timestampMs, count, sum, upperBounds: [], bucketCounts: [] };
    // As Prometheus, which has them all as floats here.
    this.#writer.writeHistogram({ ...series, isFloat: true, native: histogram });
    this.#bytes += 8 * (histogram.positiveCounts.length + histogram.negativeCounts.length);
  }

  take(): Uint8Array {
    this.#end();
    this.#bytes = 0;
    return Buffer.concat(this.#sink.takeAll());
  }

  #begin(type: MetricType): void {
    if (type === this.#type) return;
    this.#end();
    this.#writer.beginFamily({ name: this.#name, type });
    this.#type = type;
  }

  #end(): void {
    if (this.#type !== undefined) this.#writer.endFamily();
    this.#type = undefined;
  }
}

function typeOf(histogram: HistogramSample | undefined): MetricType {
  if (histogram === undefined) return 'unknown';
  return histogram.isGauge ? 'gaugehistogram' : 'histogram';
}

function escapedBinary(name: string, escaping: EscapingScheme): string {
  return escaping === 'allow-utf-8' ? name : toBinary(escapedName(fromBinary(name), escaping));
}

/** Without one the federating server would put its own target's instance there (web/federate.go). */
function labelsWithInstance(key: string): [name: string, value: string][] {
  const labels = labelsOfKey(key);
  if (!labels.some(([name]) => name === 'instance')) labels.push(['instance', '']);
  return labels;
}
