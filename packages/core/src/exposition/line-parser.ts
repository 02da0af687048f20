import type { BodyMemory } from './body-memory.js';
import { hasBytes, viewOf } from './byte-blocks.js';
import { byte, byteClass, skip } from './bytes.js';
import { readDecimal } from './float-text.js';
import { type LineReader, lineKind } from './line-reader.js';
import type { ParsedBody } from './parsed-body.js';
import { unchangedContext } from './series-context.js';
import { syntaxError } from './syntax-error.js';

/**
 * Parses text formats by prediction: an exporter keeps its lines in order from scrape to scrape, so
 * each line's bytes are compared with those of the line that is expected, and only the number is
 * parsed. A line that does not fit goes through the full lexer, and its series tells where in the old
 * order to go on. Blank lines are not remembered.
 */
export class LineParser {
  readonly #memory: BodyMemory;

  constructor(memory: BodyMemory) {
    this.#memory = memory;
  }

  parse(reader: LineReader, body: Uint8Array, length: number, out: ParsedBody): void {
    const view = viewOf(body);
    const predictable = predictableBytes(body, length);
    const from = this.#follow(reader, body, view, predictable, out);
    this.#parseTo(reader, body, view, from, length, predictable, length, out);
  }

  /** The same, pausing after every so many bytes: the body must stay what it is meanwhile. */
  *parseSlices(
    reader: LineReader,
    body: Uint8Array,
    length: number,
    out: ParsedBody,
    sliceBytes: number,
  ): Generator<number> {
    const view = viewOf(body);
    const predictable = predictableBytes(body, length);
    for (let i = 0; i >= 0; ) {
      // A slice ends with a line, so that prediction never runs into its end.
      const wanted = i + sliceBytes;
      const isLast = wanted >= predictable;
      const to = isLast ? length : body.indexOf(byte.newline, wanted) + 1;
      i = this.#parseTo(reader, body, view, i, to, Math.min(to, predictable), length, out);
      if (i >= 0) yield i;
    }
  }

  /**
   * Parses from one line to the first that begins at `to` or behind; returns where that is, -1 when the
   * body has ended. Prediction stays before `predictable`: in lines that end, where no token can run
   * into the end of the body.
   */
  #parseTo(
    reader: LineReader,
    body: Uint8Array,
    view: DataView,
    from: number,
    to: number,
    predictable: number,
    length: number,
    out: ParsedBody,
  ): number {
    // The scrape loop takes an empty body for any format, OpenMetrics without its # EOF too.
    if (length === 0) return -1;
    const { order } = this.#memory;
    reader.begin();
    let i = from;
    while (i < to) {
      if (order.cursor < order.count) {
        i = this.#predictLines(reader, body, view, i, predictable, out);
        if (i >= to) break;
      }
      i = this.#readLine(reader, body, view, i, length, out);
      if (i < 0) return -1;
    }
    if (i < length) return i;
    reader.checkEnd(body, length);
    return -1;
  }

  /**
   * Takes samples as long as the body has the expected bytes between their values, and returns where
   * the first other line begins. Every line before `length` ends in a newline.
   */
  #follow(
    reader: LineReader,
    body: Uint8Array,
    view: DataView,
    length: number,
    out: ParsedBody,
  ): number {
    const memory = this.#memory;
    const outline = memory.outline();
    if (outline === undefined) return 0;
    const { entries } = memory.order;
    const { view: expected, lengths } = outline;
    const samples = lengths.length;
    out.reserve(samples);
    const { slots, values, timestampsMs } = out;
    let cursor = 0;
    let at = 0;
    let i = 0;
    let sample = 0;
    for (; sample < samples; sample++) {
      const pieceBytes = lengths[sample]!;
      const value = i + pieceBytes;
      if (value >= length || !hasBytes(view, i, expected, at, pieceBytes)) break;
      let p = readDecimal(body, view, value, length, values, sample);
      if (p > value && body[p] === byte.newline) {
        timestampsMs[sample] = NaN;
        p++;
      } else {
        p = reader.readValue(body, view, value - 1, length, out, sample);
        if (p < 0) break;
      }
      while (entries[cursor]! < 0) cursor++;
      slots[sample] = entries[cursor++]!;
      at += pieceBytes;
      i = p;
    }
    out.count = sample;
    memory.followed(cursor);
    return i;
  }

  /**
   * Takes lines as long as they are the expected ones and returns where the first other begins. Every
   * line before `length` ends in a newline.
   */
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: the hot loop, its state in registers
  #predictLines(
    reader: LineReader,
    body: Uint8Array,
    view: DataView,
    from: number,
    length: number,
    out: ParsedBody,
  ): number {
    const memory = this.#memory;
    const { entries, count } = memory.order;
    let { cursor } = memory.order;
    out.reserve(count - cursor);
    const { ids } = memory.keys;
    const { view: textView, starts, lengths, contexts } = memory.keys.table;
    const comments = memory.comments.keys;
    const { slots, values, timestampsMs } = out;
    let sample = out.count;
    let { context } = memory;
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
      const id = ids[entry]!;
      if (id < 0) break;
      const end = i + lengths[id]!;
      if (end >= length || body[end] !== byte.space || contexts[id] !== context) break;
      if (!hasBytes(view, i, textView, starts[id]!, end - i)) break;
      let p = readDecimal(body, view, end + 1, length, values, sample);
      if (p > end + 1 && body[p] === byte.newline) {
        timestampsMs[sample] = NaN;
        p++;
      } else {
        p = reader.readValue(body, view, end, length, out, sample);
        if (p < 0) break;
      }
      slots[sample++] = entry;
      i = p;
      cursor++;
    }
    out.count = sample;
    memory.order.cursor = cursor;
    memory.context = context;
    return i;
  }

  /** Reads any line through the full lexer; returns where the next begins, or -1 at an end mark. */
  #readLine(
    reader: LineReader,
    body: Uint8Array,
    view: DataView,
    start: number,
    length: number,
    out: ParsedBody,
  ): number {
    switch (reader.read(body, view, start, length)) {
      case lineKind.end:
        return -1;
      case lineKind.blank:
        return reader.end;
      case lineKind.comment:
        this.#memory.missComment(body, view, start, reader.end, reader.context);
        return reader.end + 1;
      case lineKind.series:
        return this.#readSample(reader, body, view, start, length, out);
    }
  }

  #readSample(
    reader: LineReader,
    body: Uint8Array,
    view: DataView,
    start: number,
    length: number,
    out: ParsedBody,
  ): number {
    const end = reader.end;
    const sample = out.count;
    out.reserve(1);
    const value = end + 1;
    let next = end;
    if (end < length && body[end] === byte.space) {
      next = readDecimal(body, view, value, length, out.values, sample);
    }
    if (next > value && next < length && body[next] === byte.newline) {
      out.timestampsMs[sample] = NaN;
      next++;
    } else {
      next = reader.readValue(body, view, end, length, out, sample);
      if (next < 0) {
        throw syntaxError(body, length, skip(body, end, length, byteClass.blank), 'a value');
      }
    }
    out.slots[sample] = this.#memory.missSeries(body, view, start, end);
    out.count = sample + 1;
    return next;
  }
}

/** Where the last line ends that has an end. */
function predictableBytes(body: Uint8Array, length: number): number {
  return length === 0 ? 0 : body.lastIndexOf(byte.newline, length - 1) + 1;
}
