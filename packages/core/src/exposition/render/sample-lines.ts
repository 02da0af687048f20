import type { Exemplar, LabelPair } from '../../model/metric-family.js';
import type { EscapingScheme } from '../content-type.js';
import type { ByteSink } from './byte-sink.js';
import { escapedName } from './escape-name.js';
import { Piece } from './piece.js';
import { isPlainMetricName, labelNameText, metricNameText } from './text-format.js';
import { writeFloat, writeInteger } from './write-number.js';

const space = 32;
const comma = 44;
const newline = 10;
const braceOpen = 123;
const braceClose = 125;

/** A sample's name as it begins a line; one that needs quotes stands inside the braces. */
export class SampleName {
  readonly text: Piece;
  readonly isQuoted: boolean;

  constructor(name: string) {
    this.isQuoted = !isPlainMetricName(name);
    this.text = new Piece(this.isQuoted ? `{${metricNameText(name)}` : name);
  }
}

/** Writes the lines of samples, of the text format or of OpenMetrics. */
export class SampleLines {
  readonly #sink: ByteSink;
  readonly #isOpenMetrics: boolean;
  readonly #escaping: EscapingScheme;
  /** `name="` by name. */
  readonly #labelNames = new Map<string, string>();
  readonly #labels = new Piece();
  readonly #exemplar = new Piece();

  constructor(sink: ByteSink, isOpenMetrics: boolean, escaping: EscapingScheme) {
    this.#sink = sink;
    this.#isOpenMetrics = isOpenMetrics;
    this.#escaping = escaping;
  }

  /** The labels of the lines to come. */
  beginSeries(labels: readonly LabelPair[]): void {
    this.#labels.clear();
    this.#addLabels(this.#labels, labels);
  }

  /** Name and labels; `bound` is a label of the one line, such as `le="1"`. */
  head({ text, isQuoted }: SampleName, bound?: Piece): void {
    const sink = this.#sink;
    const labels = this.#labels;
    sink.reserve(text.length + labels.length + (bound === undefined ? 0 : bound.length) + 4);
    sink.piece(text);
    let separator = isQuoted ? comma : braceOpen;
    if (labels.length > 0) {
      sink.bytes[sink.at++] = separator;
      sink.piece(labels);
      separator = comma;
    }
    if (bound !== undefined) {
      sink.bytes[sink.at++] = separator;
      sink.piece(bound);
      separator = comma;
    }
    if (separator === comma) sink.bytes[sink.at++] = braceClose;
    sink.bytes[sink.at++] = space;
  }

  float(value: number): void {
    writeFloat(this.#sink, value, this.#isOpenMetrics);
  }

  /** All digits in OpenMetrics, but for float histograms; the reference takes their 0 for an integer. */
  count(value: number, isFloat: boolean): void {
    const isInteger = Number.isInteger(value) && !(isFloat && value > 0);
    if (this.#isOpenMetrics && isInteger) writeInteger(this.#sink, value);
    else this.float(value);
  }

  seconds(milliseconds: number): void {
    this.float(milliseconds / 1000);
  }

  timestamp(timestampMs: number | undefined): void {
    if (timestampMs === undefined) return;
    this.#sink.reserve(1);
    this.#sink.bytes[this.#sink.at++] = space;
    if (this.#isOpenMetrics) this.seconds(timestampMs);
    else writeInteger(this.#sink, timestampMs);
  }

  /** Nothing in the text format, where an exemplar is an error. */
  exemplar(exemplar: Exemplar | undefined): void {
    if (!this.#isOpenMetrics || exemplar === undefined || exemplar.labels.length === 0) return;
    const piece = this.#exemplar;
    piece.clear();
    piece.add(' # {');
    this.#addLabels(piece, exemplar.labels);
    piece.add('} ');
    this.#sink.piece(piece);
    this.float(exemplar.value);
    this.timestamp(exemplar.timestampMs);
  }

  end(): void {
    this.#sink.reserve(1);
    this.#sink.bytes[this.#sink.at++] = newline;
  }

  #addLabels(piece: Piece, labels: readonly LabelPair[]): void {
    for (let i = 0; i < labels.length; i++) {
      const [name, value] = labels[i]!;
      if (i > 0) piece.add(',');
      piece.add(this.#labelName(name));
      piece.addEscaped(value);
      piece.add('"');
    }
  }

  #labelName(name: string): string {
    let text = this.#labelNames.get(name);
    if (text === undefined) {
      text = `${labelNameText(escapedName(name, this.#escaping))}="`;
      this.#labelNames.set(name, text);
    }
    return text;
  }
}
