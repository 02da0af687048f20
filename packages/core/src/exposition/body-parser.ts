import type { Metadata } from '../model/metadata.js';
import { hasBytes } from './byte-blocks.js';
import { byte, byteClass, skip } from './bytes.js';
import { CommentTable } from './comment-table.js';
import type { ExpositionFormat } from './content-type.js';
import { readDecimal } from './float-text.js';
import { IntList } from './int-list.js';
import { LineOrder } from './line-order.js';
import { type LineReader, lineKind } from './line-reader.js';
import { decodeMetadata } from './metadata-line.js';
import { OpenMetricsReader } from './openmetrics-reader.js';
import type { ParsedBody } from './parsed-body.js';
import { seriesContext, unchangedContext } from './series-context.js';
import type { SeriesKeys } from './series-keys.js';
import { syntaxError } from './syntax-error.js';
import { TextReader } from './text-reader.js';

/** The formats that consist of lines. */
export type TextFormat = Exclude<ExpositionFormat, 'protobuf'>;

const readers: Readonly<Record<TextFormat, LineReader>> = {
  text: new TextReader(),
  openmetrics: new OpenMetricsReader(),
};

// Parsing is synchronous, so one scratch serves every parser of a thread.
const added = new IntList();

/**
 * Parses the bodies of one target by prediction: an exporter keeps its lines in order from scrape to
 * scrape, so each line's bytes are compared with those of the line that is expected, and only the
 * number is parsed. A line that does not fit goes through the full lexer, and its series tells where
 * in the old order to go on.
 *
 * What is remembered is the order of the last good body, as slots of `keys` and of the comment table
 * (which the parsers of a thread may share), never a body. Blank lines are not remembered.
 */
export class BodyParser {
  readonly #keys: SeriesKeys;
  readonly #comments: CommentTable;
  readonly #order = new LineOrder();
  #format: TextFormat = 'text';
  #reader: LineReader = readers.text;
  /** Of the line to come: what the TYPE lines before it have set. */
  #context: number = seriesContext.plain;
  #metadata: ReadonlyMap<string, Metadata> | undefined;

  constructor(keys: SeriesKeys, comments = new CommentTable()) {
    this.#keys = keys;
    this.#comments = comments;
  }

  /** What the last good body said of its families, by name. */
  get metadata(): ReadonlyMap<string, Metadata> {
    this.#metadata ??= decodeMetadata(this.#commentLines(), this.#format);
    return this.#metadata;
  }

  /** What is remembered, without the tables of keys and comments. */
  get memoryBytes(): number {
    return this.#order.entries.byteLength;
  }

  /**
   * Parses `body[0, length)` into `out`. Series seen for the first time are added to the keys; the
   * same series twice in a body is the same slot twice.
   *
   * Throws EXPOSITION_SYNTAX where Prometheus refuses the body. Then the series that only this body
   * had are out of the keys again, `out` is empty, and the next body is predicted from the last good
   * one.
   */
  parse(format: ExpositionFormat, body: Uint8Array, length: number, out: ParsedBody): void {
    out.reset();
    if (format === 'protobuf') throw syntaxError(body, length, 0, 'a text format');
    this.#begin(format);
    const isFirst = this.#order.count === 0;
    // About what half of a body is, and what a line takes; trimmed to what it was in the end.
    if (isFirst) this.#keys.reserve(length >>> 7, length >>> 1);
    try {
      // The scrape loop takes an empty body for any format, OpenMetrics without its # EOF too.
      if (length > 0) this.#parseLines(body, length, out);
    } catch (error) {
      this.#removeAdded();
      if (isFirst) this.#keys.trim();
      out.reset();
      throw error;
    }
    if (this.#order.hasChanged) this.#keepOrder(out);
    else out.sameOrder = true;
    if (isFirst) this.#keys.trim();
  }

  /** Lets go of the comment table: for a target that goes away. The parser then expects nothing. */
  close(): void {
    this.#comments.release(this.#order.entries, this.#order.count);
    this.#order.clear();
    this.#metadata = undefined;
  }

  #begin(format: TextFormat): void {
    // A line read under other rules predicts nothing.
    if (format !== this.#format) this.close();
    this.#format = format;
    this.#reader = readers[format];
    this.#context = seriesContext.plain;
    this.#order.begin();
    added.count = 0;
  }

  #parseLines(body: Uint8Array, length: number, out: ParsedBody): void {
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    // Prediction stays in lines that end, where no token can run into the end of the body.
    const predictable = body.lastIndexOf(byte.newline, length - 1) + 1;
    let i = 0;
    while (i < length) {
      if (this.#order.cursor < this.#order.count) {
        i = this.#predictLines(body, view, i, predictable, out);
        if (i >= length) break;
      }
      i = this.#readLine(body, view, i, length, out);
      if (i < 0) return;
    }
    this.#reader.checkEnd(body, length);
  }

  /**
   * Takes lines as long as they are the expected ones and returns where the first other begins. Every
   * line before `length` ends in a newline.
   */
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: the hot loop, its state in registers
  #predictLines(
    body: Uint8Array,
    view: DataView,
    from: number,
    length: number,
    out: ParsedBody,
  ): number {
    const { entries, count } = this.#order;
    let { cursor } = this.#order;
    out.reserve(count - cursor);
    const { view: keyView, starts, lengths, contexts } = this.#keys;
    const comments = this.#comments.keys;
    const { slots, values, timestampsMs } = out;
    let sample = out.count;
    let context = this.#context;
    let i = from;
    while (cursor < count) {
      const entry = entries[cursor]!;
      if (entry < 0) {
        const slot = ~entry;
        const end = i + comments.lengths[slot]!;
        if (end >= length || body[end] !== byte.newline) break;
        if (!hasBytes(view, i, comments.view, comments.starts[slot]!, end - i)) break;
        i = end + 1;
        const next = comments.contexts[slot]!;
        if (next !== unchangedContext) context = next;
        cursor++;
        continue;
      }
      const end = i + lengths[entry]!;
      if (end >= length || body[end] !== byte.space || contexts[entry] !== context) break;
      if (!hasBytes(view, i, keyView, starts[entry]!, end - i)) break;
      let p = readDecimal(body, end + 1, length, values, sample);
      if (p > end + 1 && body[p] === byte.newline) {
        timestampsMs[sample] = NaN;
        p++;
      } else {
        p = this.#reader.readValue(body, end, length, out, sample);
        if (p < 0) break;
      }
      slots[sample++] = entry;
      i = p;
      cursor++;
    }
    out.count = sample;
    this.#order.cursor = cursor;
    this.#context = context;
    return i;
  }

  /** Reads any line through the full lexer; returns where the next begins, or -1 at an end mark. */
  #readLine(
    body: Uint8Array,
    view: DataView,
    start: number,
    length: number,
    out: ParsedBody,
  ): number {
    const reader = this.#reader;
    switch (reader.read(body, start, length)) {
      case lineKind.end:
        return -1;
      case lineKind.blank:
        return reader.end;
      case lineKind.comment:
        this.#missComment(body, view, start);
        return reader.end + 1;
      case lineKind.series:
        return this.#missSeries(body, view, start, length, out);
    }
  }

  #missSeries(
    body: Uint8Array,
    view: DataView,
    start: number,
    length: number,
    out: ParsedBody,
  ): number {
    const end = this.#reader.end;
    const sample = out.count;
    out.reserve(1);
    const next = this.#reader.readValue(body, end, length, out, sample);
    if (next < 0) {
      throw syntaxError(body, length, skip(body, end, length, byteClass.blank), 'a value');
    }
    const keys = this.#keys;
    const known = keys.size;
    const slot = keys.add(body, start, end, this.#context, view);
    const isNew = keys.size > known;
    if (isNew) added.push(slot);
    this.#order.miss(slot, isNew);
    out.slots[sample] = slot;
    out.count = sample + 1;
    return next;
  }

  #missComment(body: Uint8Array, view: DataView, start: number): void {
    const { end, context = unchangedContext } = this.#reader;
    if (context !== unchangedContext) this.#context = context;
    const { keys } = this.#comments;
    const known = keys.size;
    const slot = keys.add(body, start, end, context, view);
    const isNew = keys.size > known;
    if (isNew) added.push(~slot);
    this.#order.miss(~slot, isNew);
  }

  #removeAdded(): void {
    for (let i = 0; i < added.count; i++) {
      const entry = added.values[i]!;
      if (entry >= 0) this.#keys.remove(entry);
      else this.#comments.removeUnused(~entry);
    }
  }

  #keepOrder(out: ParsedBody): void {
    const order = this.#order;
    // A new series may stand in the slot of one that was removed meanwhile.
    out.sameOrder = !hasAddedSeries() && order.hasSeries(out.slots, out.count);
    const expected = order.entries.slice(0, order.count);
    order.keep();
    this.#comments.hold(order.entries, order.count);
    this.#comments.release(expected, expected.length);
    this.#metadata = undefined;
  }

  *#commentLines(): Generator<Uint8Array> {
    const { entries, count } = this.#order;
    for (let i = 0; i < count; i++)
      if (entries[i]! < 0) yield this.#comments.keys.key(~entries[i]!);
  }
}

function hasAddedSeries(): boolean {
  for (let i = 0; i < added.count; i++) if (added.values[i]! >= 0) return true;
  return false;
}
