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
  readonly #labelNames = new Map<string, Piece>();
  readonly #labels = new Piece();
  /** Name and labels of lines that differ in a last label. */
  readonly #open = new Piece();
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

  /** Name and labels of a line. */
  head({ text, isQuoted }: SampleName): void {
    const sink = this.#sink;
    const labels = this.#labels;
    sink.reserve(text.length + labels.length + 3);
    sink.piece(text);
    if (labels.length > 0) {
      sink.bytes[sink.at++] = isQuoted ? comma : braceOpen;
      sink.piece(labels);
    }
    if (isQuoted || labels.length > 0) sink.bytes[sink.at++] = braceClose;
    sink.bytes[sink.at++] = space;
  }

  /** For lines that have one more label behind those of the series: see {@link columnHead}. */
  beginColumns({ text, isQuoted }: SampleName): void {
    const open = this.#open;
    open.clear();
    open.addPiece(text);
    open.add(isQuoted ? ',' : '{');
    if (this.#labels.length === 0) return;
    open.addPiece(this.#labels);
    open.add(',');
  }

  /** `column`: the label of this line and what follows it, `le="1"} `. */
  columnHead(column: Piece): void {
    const sink = this.#sink;
    sink.piece(this.#open);
    sink.piece(column);
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
      piece.addPiece(this.#labelName(name));
      piece.addEscaped(value);
      piece.add('"');
    }
  }

  #labelName(name: string): Piece {
    let text = this.#labelNames.get(name);
    if (text === undefined) {
      text = new Piece(`${labelNameText(escapedName(name, this.#escaping))}="`);
      this.#labelNames.set(name, text);
    }
    return text;
  }
}
