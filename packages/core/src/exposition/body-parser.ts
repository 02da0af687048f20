import type { Metadata } from '../model/metadata.js';
import { BodyMemory } from './body-memory.js';
import { CommentTable } from './comment-table.js';
import type { ExpositionFormat } from './content-type.js';
import { LineParser } from './line-parser.js';
import type { LineReader } from './line-reader.js';
import { decodeMetadata } from './metadata-line.js';
import { OpenMetricsReader } from './openmetrics-reader.js';
import type { ParseOptions } from './parse-options.js';
import { ParseScratch } from './parse-scratch.js';
import type { ParsedBody } from './parsed-body.js';
import { ProtobufParser } from './protobuf/protobuf-parser.js';
import { startSamples } from './rewrite/sample-plan.js';
import { SampleRewriter } from './rewrite/sample-rewriter.js';
import type { SeriesKeys } from './series-keys.js';
import { TextReader } from './text-reader.js';

/** The formats that consist of lines. */
export type TextFormat = Exclude<ExpositionFormat, 'protobuf'>;

const readers: Readonly<Record<TextFormat, LineReader>> = {
  text: new TextReader(),
  openmetrics: new OpenMetricsReader(),
};

/**
 * Parses the bodies of one target. What it remembers of the last good body, the order of its lines as
 * slots of `keys` and of the comment table (which the parsers of a thread may share), makes the next
 * one cheap; it never keeps a body.
 */
export class BodyParser {
  readonly #options: ParseOptions;
  readonly #memory: BodyMemory;
  /** Of lines, where the options ask for it. */
  readonly #rewriter: SampleRewriter | undefined;
  readonly #lines: LineParser;
  /** Made when the first protobuf body comes. */
  #protobuf: ProtobufParser | undefined;
  #format: ExpositionFormat = 'text';
  #metadata: ReadonlyMap<string, Metadata> | undefined;
  /** Of the lines of the last good body: see {@link tellStarts}. `none`: they tell nothing. */
  #starts: Int32Array | 'none' | undefined;

  constructor(keys: SeriesKeys, comments = new CommentTable(), options: ParseOptions = {}) {
    this.#options = options;
    this.#memory = new BodyMemory(keys, comments);
    const { createdAsStartTime, convertClassicHistogramsToNhcb, typeAndUnitLabels } = options;
    if (createdAsStartTime || convertClassicHistogramsToNhcb || typeAndUnitLabels) {
      this.#rewriter = new SampleRewriter(keys, comments, options);
    }
    this.#lines = new LineParser(this.#memoryOf('text'));
  }

  /** What the last good body said of its families, by name. */
  get metadata(): ReadonlyMap<string, Metadata> {
    const memory = this.#memoryOf(this.#format);
    this.#metadata ??= decodeMetadata(memory.commentLines(), this.#format);
    return this.#metadata;
  }

  /** Another one when {@link decodedMetadata} may say something else. */
  get metadataVersion(): number {
    return this.#memoryOf(this.#format).commentsVersion;
  }

  /** The same for parsers that share a comment table and whose {@link decodedMetadata} says the same. */
  get metadataHash(): number {
    const { commentsHash, comments } = this.#memoryOf(this.#format);
    return (commentsHash >>> 0) * 2 ** 20 + (comments.dropped % 2 ** 20);
  }

  /** As {@link metadata}, but not kept: for those who ask seldom. */
  decodedMetadata(): ReadonlyMap<string, Metadata> {
    return decodeMetadata(this.#memoryOf(this.#format).commentLines(), this.#format);
  }

  /** What is remembered, without the tables of keys and comments. */
  get memoryBytes(): number {
    const rewriterBytes = this.#rewriter?.memoryBytes ?? 0;
    return this.#memory.order.entries.byteLength + rewriterBytes;
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
    const memory = this.#begin(format);
    const isFirst = memory.order.count === 0;
    if (isFirst) memory.reserve(length);
    memory.begin();
    out.reset();
    try {
      if (format === 'protobuf') this.#parseProtobuf(body, length, out);
      else this.#parseText(format, body, length, out);
    } catch (error) {
      memory.rollBack();
      out.reset();
      throw error;
    } finally {
      if (isFirst) memory.trim();
    }
  }

  /**
   * The same in slices of so many bytes, between which other bodies may be parsed, with other parsers.
   * Nothing else of this parser may be called before the last; given up ({@link Generator.return}) it is
   * as if the body had never come. A text that is rewritten, and protobuf, are one slice.
   */
  *parseSlices(
    format: ExpositionFormat,
    body: Uint8Array,
    length: number,
    out: ParsedBody,
    sliceBytes: number,
  ): Generator<undefined> {
    if (format === 'protobuf' || this.#rewriter !== undefined) {
      this.parse(format, body, length, out);
      return;
    }
    const memory = this.#begin(format);
    const isFirst = memory.order.count === 0;
    const { size, textBytes } = memory.keys.texts;
    let isGood = false;
    memory.begin(new ParseScratch());
    out.reset();
    try {
      let isReserved = !isFirst;
      for (const at of this.#lines.parseSlices(readers[format], body, length, out, sliceBytes)) {
        if (!isReserved) memory.reserveRest(at, length, { size, textBytes });
        isReserved = true;
        yield;
      }
      if (memory.keep(out)) this.#forgetLines();
      isGood = true;
    } catch (error) {
      yield* memory.rollBackSlices();
      throw error;
    } finally {
      if (!isGood) {
        memory.rollBack();
        out.reset();
      }
      if (isFirst) memory.trim();
      memory.end();
    }
  }

  /**
   * Says of the samples of an OpenMetrics body, which was just parsed, when their series began: where they
   * have a `_created` sample, which stays one. Protobuf says it by itself.
   */
  tellStarts(out: ParsedBody): void {
    if (this.#format !== 'openmetrics' || this.#rewriter !== undefined) return;
    this.#starts ??= startSamples(this.#memory) ?? 'none';
    if (this.#starts === 'none') return;
    for (let i = 0; i < this.#starts.length; i++) {
      const created = this.#starts[i]!;
      if (created >= 0) out.setCreated(i, Math.trunc(out.values[created]! * 1000));
    }
  }

  /** Lets go of the comment table: for a target that goes away. The parser then expects nothing. */
  close(): void {
    this.#memory.close();
    this.#rewriter?.memory.close();
    this.#forgetLines();
  }

  /** What was derived from the last good body. */
  #forgetLines(): void {
    this.#metadata = undefined;
    this.#starts = undefined;
  }

  /** A line read under other rules predicts nothing. */
  #begin(format: ExpositionFormat): BodyMemory {
    if (format !== this.#format) this.close();
    this.#format = format;
    return this.#memoryOf(format);
  }

  #memoryOf(format: ExpositionFormat): BodyMemory {
    return format === 'protobuf' ? this.#memory : (this.#rewriter?.memory ?? this.#memory);
  }

  #parseProtobuf(body: Uint8Array, length: number, out: ParsedBody): void {
    this.#protobuf ??= new ProtobufParser(this.#memory, this.#options);
    this.#protobuf.parse(body, length, out);
    if (this.#memory.keep(out)) this.#forgetLines();
  }

  #parseText(format: TextFormat, body: Uint8Array, length: number, out: ParsedBody): void {
    const rewriter = this.#rewriter;
    const memory = this.#memoryOf(format);
    const lines = rewriter?.lines ?? out;
    lines.reset();
    this.#lines.parse(readers[format], body, length, lines);
    if (memory.keep(lines)) {
      this.#forgetLines();
      rewriter?.plan(format);
    }
    rewriter?.rewrite(out);
  }
}
