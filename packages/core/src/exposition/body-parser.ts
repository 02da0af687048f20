import type { Metadata } from '../model/metadata.js';
import { byte, byteClass, skip } from './bytes.js';
import type { ExpositionFormat } from './content-type.js';
import { readDecimal } from './float-text.js';
import { type LineReader, lineKind } from './line-reader.js';
import { decodeMetadataLine, metricType } from './metadata-line.js';
import { OpenMetricsReader } from './openmetrics-reader.js';
import type { ParsedBody } from './parsed-body.js';
import { seriesContext, unchangedContext } from './series-context.js';
import { hasBytes, SeriesKeys } from './series-keys.js';
import { syntaxError } from './syntax-error.js';
import { TextReader } from './text-reader.js';

/** The formats that consist of lines. */
export type TextFormat = Exclude<ExpositionFormat, 'protobuf'>;

const readers: Readonly<Record<TextFormat, LineReader>> = {
  text: new TextReader(),
  openmetrics: new OpenMetricsReader(),
};

/** A scratch of integers that grows; parsing is synchronous, so one serves all parsers of a thread. */
class IntList {
  values = new Int32Array(4096);
  count = 0;

  push(value: number): void {
    this.reserve(1);
    this.values[this.count++] = value;
  }

  reserve(more: number): void {
    if (this.count + more <= this.values.length) return;
    const grown = new Int32Array(Math.max(this.count + more, this.values.length * 2));
    grown.set(this.values);
    this.values = grown;
  }

  /** Makes it `count` times -1. */
  clear(count: number): void {
    this.count = 0;
    this.reserve(count);
    this.values.fill(-1, 0, count);
    this.count = count;
  }
}

const newOrder = new IntList();
const addedEntries = new IntList();
const seriesPositions = new IntList();
const commentPositions = new IntList();

/**
 * Parses the bodies of one target by prediction: an exporter keeps its lines in order from scrape to
 * scrape, so each line's bytes are compared with those of the line that is expected, and only the
 * number is parsed. A line that does not fit goes through the full lexer, and its series tells where
 * in the old order to go on: an inserted or vanished line costs one line.
 *
 * What is remembered is the order of the last good body: for each line the slot of its series in
 * `keys`, or of its comment in a table of the parser's own. Blank lines are not remembered.
 */
export class BodyParser {
  readonly #keys: SeriesKeys;
  readonly #comments = new SeriesKeys();
  #format: TextFormat = 'text';
  #reader: LineReader = readers.text;
  /** Lines of the last good body: slots of series, and of comments as `~slot`. */
  #order = new Int32Array(0);
  #orderCount = 0;
  #metadata: ReadonlyMap<string, Metadata> | undefined;

  // The state of one parse.
  /** The line of the old order that is expected next. */
  #cursor = 0;
  /** Lines of the old order in `[#runStart, #cursor)` came as expected and are not in newOrder yet. */
  #runStart = 0;
  #context: number = seriesContext.plain;
  #hasMissed = false;
  #hasPositions = false;

  constructor(keys: SeriesKeys) {
    this.#keys = keys;
  }

  /** What the last good body said of its families, by name. */
  get metadata(): ReadonlyMap<string, Metadata> {
    this.#metadata ??= this.#decodeMetadata();
    return this.#metadata;
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
    try {
      // The scrape loop takes an empty body for any format, OpenMetrics without its # EOF too.
      if (length > 0) this.#parseLines(body, length, out);
    } catch (error) {
      this.#removeAdded();
      out.reset();
      throw error;
    }
    if (this.#hasMissed || this.#cursor < this.#orderCount) this.#keepNewOrder(out);
    else out.sameOrder = true;
  }

  #begin(format: TextFormat): void {
    if (format !== this.#format) {
      // A line read under other rules predicts nothing.
      this.#format = format;
      this.#orderCount = 0;
    }
    this.#reader = readers[format];
    this.#cursor = 0;
    this.#runStart = 0;
    this.#context = seriesContext.plain;
    this.#hasMissed = false;
    this.#hasPositions = false;
    newOrder.count = 0;
    addedEntries.count = 0;
  }

  #parseLines(body: Uint8Array, length: number, out: ParsedBody): void {
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    // Prediction stays in lines that end, where no token can run into the end of the body.
    const predictable = body.lastIndexOf(byte.newline, length - 1) + 1;
    let i = 0;
    while (i < length) {
      i = this.#predictLines(body, view, i, predictable, out);
      if (i >= length) break;
      i = this.#readLine(body, i, length, out);
      if (i < 0) return;
    }
    this.#reader.checkEnd(body, length);
  }

  /**
   * Takes lines as long as they are the expected ones and returns where the first other begins. Every
   * line before `length` ends in a newline.
   */
  #predictLines(
    body: Uint8Array,
    view: DataView,
    from: number,
    length: number,
    out: ParsedBody,
  ): number {
    const order = this.#order;
    const orderCount = this.#orderCount;
    let cursor = this.#cursor;
    if (cursor === orderCount) return from;
    out.reserve(orderCount - cursor);
    const { view: keyView, starts, lengths, contexts } = this.#keys;
    const comments = this.#comments;
    const { slots, values, timestampsMs } = out;
    let sample = out.count;
    let context = this.#context;
    let i = from;
    while (cursor < orderCount) {
      const entry = order[cursor]!;
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
    this.#cursor = cursor;
    this.#context = context;
    return i;
  }

  /** Reads any line through the full lexer; returns where the next begins, or -1 at an end mark. */
  #readLine(body: Uint8Array, start: number, length: number, out: ParsedBody): number {
    const reader = this.#reader;
    switch (reader.read(body, start, length)) {
      case lineKind.end:
        return -1;
      case lineKind.blank:
        return reader.end;
      case lineKind.comment:
        this.#missComment(body, start);
        return reader.end + 1;
      case lineKind.series:
        return this.#missSeries(body, start, length, out);
    }
  }

  #missSeries(body: Uint8Array, start: number, length: number, out: ParsedBody): number {
    const end = this.#reader.end;
    const sample = out.count;
    out.reserve(1);
    const next = this.#reader.readValue(body, end, length, out, sample);
    if (next < 0) {
      throw syntaxError(body, length, skip(body, end, length, byteClass.blank), 'a value');
    }
    const keys = this.#keys;
    const known = keys.size;
    const slot = keys.add(body, start, end, this.#context);
    if (keys.size > known) {
      addedEntries.push(slot);
      this.#miss(slot, -1);
    } else {
      this.#findPositions();
      this.#miss(slot, slot < seriesPositions.count ? seriesPositions.values[slot]! : -1);
    }
    out.slots[sample] = slot;
    out.count = sample + 1;
    return next;
  }

  #missComment(body: Uint8Array, start: number): void {
    const end = this.#reader.end;
    const context = this.#reader.context ?? unchangedContext;
    if (context !== unchangedContext) this.#context = context;
    const comments = this.#comments;
    const known = comments.size;
    const slot = comments.add(body, start, end, context);
    if (comments.size > known) {
      addedEntries.push(~slot);
      this.#miss(~slot, -1);
    } else {
      this.#findPositions();
      this.#miss(~slot, slot < commentPositions.count ? commentPositions.values[slot]! : -1);
    }
  }

  /** Notes a line that was not expected; goes on behind its place in the old order, if it had one. */
  #miss(entry: number, position: number): void {
    this.#hasMissed = true;
    this.#copyRun();
    newOrder.push(entry);
    if (position >= 0) this.#cursor = position + 1;
    this.#runStart = this.#cursor;
  }

  #copyRun(): void {
    const order = this.#order;
    const end = this.#cursor;
    newOrder.reserve(end - this.#runStart);
    const values = newOrder.values;
    let count = newOrder.count;
    for (let at = this.#runStart; at < end; at++) values[count++] = order[at]!;
    newOrder.count = count;
  }

  /** Where each series and comment stands in the old order; of several places the first. */
  #findPositions(): void {
    if (this.#hasPositions) return;
    this.#hasPositions = true;
    seriesPositions.clear(this.#keys.slotCount);
    commentPositions.clear(this.#comments.slotCount);
    const order = this.#order;
    for (let at = this.#orderCount - 1; at >= 0; at--) {
      const entry = order[at]!;
      if (entry >= 0) seriesPositions.values[entry] = at;
      else commentPositions.values[~entry] = at;
    }
  }

  #removeAdded(): void {
    for (let i = 0; i < addedEntries.count; i++) {
      const entry = addedEntries.values[i]!;
      if (entry >= 0) this.#keys.remove(entry);
      else this.#comments.remove(~entry);
    }
  }

  #keepNewOrder(out: ParsedBody): void {
    this.#copyRun();
    out.sameOrder = this.#hasSameSeries(out);
    const count = newOrder.count;
    if (count > this.#order.length) this.#order = new Int32Array(Math.ceil(count * 1.1));
    const order = this.#order;
    for (let i = 0; i < count; i++) order[i] = newOrder.values[i]!;
    this.#orderCount = count;
    this.#removeGoneComments();
    this.#metadata = undefined;
  }

  #hasSameSeries(out: ParsedBody): boolean {
    // A new series may stand in the slot of one that was removed meanwhile.
    for (let i = 0; i < addedEntries.count; i++) if (addedEntries.values[i]! >= 0) return false;
    let sample = 0;
    for (let at = 0; at < this.#orderCount; at++) {
      const entry = this.#order[at]!;
      if (entry < 0) continue;
      if (sample === out.count || out.slots[sample] !== entry) return false;
      sample++;
    }
    return sample === out.count;
  }

  #removeGoneComments(): void {
    const shown = new Uint8Array(this.#comments.slotCount);
    for (let at = 0; at < this.#orderCount; at++) {
      const entry = this.#order[at]!;
      if (entry < 0) shown[~entry] = 1;
    }
    for (let slot = 0; slot < shown.length; slot++) {
      if (shown[slot] === 0) this.#comments.remove(slot);
    }
  }

  #decodeMetadata(): ReadonlyMap<string, Metadata> {
    const families = new Map<string, { -readonly [K in keyof Metadata]: Metadata[K] }>();
    for (let at = 0; at < this.#orderCount; at++) {
      const entry = this.#order[at]!;
      if (entry >= 0) continue;
      const line = decodeMetadataLine(this.#comments.key(~entry), this.#format);
      if (line === undefined) continue;
      let family = families.get(line.family);
      if (family === undefined) {
        family = { type: 'unknown', help: '', unit: '' };
        families.set(line.family, family);
      }
      if (line.keyword === 'HELP') family.help = line.text;
      else if (line.keyword === 'UNIT') family.unit = line.text;
      else family.type = metricType(line.text);
    }
    return families;
  }
}
