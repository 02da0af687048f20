import type { HistogramSample } from '../model/histogram.js';
import type { Metadata } from '../model/metadata.js';
import { metadataOf } from '../model/metadata-of.js';
import { BodyParser } from './body-parser.js';
import { byteClass, skip } from './bytes.js';
import { CommentTable } from './comment-table.js';
import type { ExpositionFormat } from './content-type.js';
import { decodeExemplarLabels } from './decode-exemplar.js';
import { decodeSeries } from './decode-series.js';
import { locateSeriesError } from './locate-series-error.js';
import { ParsedBody } from './parsed-body.js';
import { SeriesKeys } from './series-keys.js';

/** An exemplar of one sample. */
export interface ParsedExemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Undefined where it has none. */
  readonly timestampMs: number | undefined;
}

/** One sample with what the exposition says of it. */
export interface ExposedSample {
  /** The metric name, `__name__`. */
  readonly name: string;
  /** Without `__name__`, in written order; empty values are kept. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
  /** The sample's own timestamp, undefined where it has none. */
  readonly timestampMs: number | undefined;
  /** Undefined where no HELP, TYPE or UNIT line names the family. */
  readonly metadata: Metadata | undefined;
  /** The first, where a native histogram has several. */
  readonly exemplar: ParsedExemplar | undefined;
  /** Of a native histogram; `value` then is its sum. */
  readonly histogram: HistogramSample | undefined;
}

/**
 * The samples of a body in its order, each made when it is asked for: beside the body itself, a body
 * of any length takes the parser's columns and series texts, and no object per sample.
 *
 * Throws a PromAgentError EXPOSITION_SYNTAX with line, byte column and what was expected, before the
 * first sample, for all that fails a scrape: a label twice or a text that is not UTF-8 too, which
 * Prometheus' parser takes and its storage refuses.
 */
export function readSamples(body: Uint8Array, format: ExpositionFormat): Iterable<ExposedSample> {
  const keys = new SeriesKeys();
  const parser = new BodyParser(keys, new CommentTable(), { scrapeNativeHistograms: true });
  const parsed = new ParsedBody();
  parser.parse(format, body, body.length, parsed);
  checkSeries(body, format, keys);
  return samplesOf(body, format, parsed, keys, parser.metadata);
}

function* samplesOf(
  body: Uint8Array,
  format: ExpositionFormat,
  parsed: ParsedBody,
  keys: SeriesKeys,
  families: ReadonlyMap<string, Metadata>,
): Generator<ExposedSample> {
  let exemplar = 0;
  let histogram = 0;
  for (let i = 0; i < parsed.count; i++) {
    const slot = parsed.slots[i]!;
    const [[, name], ...labels] = decodeSeries(keys.key(slot), keys.contextOf(slot)) as [
      [string, string],
      ...[string, string][],
    ];
    const first = exemplar;
    while (exemplar < parsed.exemplarCount && parsed.exemplarSamples[exemplar] === i) exemplar++;
    const isHistogram =
      histogram < parsed.histogramCount && parsed.histogramSamples[histogram] === i;
    yield {
      name,
      labels,
      value: parsed.values[i]!,
      timestampMs: definedNumber(parsed.timestampsMs[i]!),
      metadata: metadataOf(name, families),
      exemplar: exemplar > first ? exemplarAt(body, format, parsed, first) : undefined,
      histogram: isHistogram ? parsed.histograms[histogram++] : undefined,
    };
  }
}

function exemplarAt(
  body: Uint8Array,
  format: ExpositionFormat,
  parsed: ParsedBody,
  at: number,
): ParsedExemplar {
  const bytes = body.subarray(parsed.exemplarStarts[at]!, parsed.exemplarEnds[at]!);
  return {
    labels: Object.fromEntries(decodeExemplarLabels(bytes, format)),
    value: parsed.exemplarValues[at]!,
    timestampMs: definedNumber(parsed.exemplarTimestampsMs[at]!),
  };
}

function definedNumber(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

function checkSeries(body: Uint8Array, format: ExpositionFormat, keys: SeriesKeys): void {
  for (let slot = 0; slot < keys.slotCount; slot++) {
    const key = keys.key(slot);
    try {
      decodeSeries(key, keys.contextOf(slot));
    } catch (error) {
      // A protobuf body holds no series texts.
      if (format === 'protobuf') throw error;
      const blanks = skip(key, 0, key.length, byteClass.blank);
      throw locateSeriesError(error, body, lineOf(key, body) + blanks);
    }
  }
}

/** Where the first line begins that shows a series text. */
function lineOf(key: Uint8Array, body: Uint8Array): number {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  let at = bytes.indexOf(key);
  while (at > 0 && bytes[at - 1] !== 10) at = bytes.indexOf(key, at + 1);
  return at;
}
