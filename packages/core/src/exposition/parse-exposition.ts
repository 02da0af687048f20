import type { Metadata, MetricType } from '../model/metadata.js';
import { BodyParser, type TextFormat } from './body-parser.js';
import { decodeExemplarLabels } from './decode-exemplar.js';
import { decodeSeries } from './decode-series.js';
import { ParsedBody } from './parsed-body.js';
import { SeriesKeys } from './series-keys.js';

/** An exemplar of one sample. */
export interface ParsedExemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Undefined where it has none. */
  readonly timestampMs: number | undefined;
}

/** One sample with all that the exposition says of it. */
export interface ParsedSample {
  /** The metric name, `__name__`. */
  readonly name: string;
  /** Without `__name__`, in written order; empty values are kept. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** The sample's own timestamp, undefined where it has none. */
  readonly timestampMs: number | undefined;
  /** Of the family; `unknown` where no TYPE line names it. */
  readonly type: MetricType;
  /** Empty where the family has none. */
  readonly help: string;
  /** Empty where the family has none. */
  readonly unit: string;
  readonly exemplar: ParsedExemplar | undefined;
}

/**
 * Parses one body at once, for tools and tests: each sample as an object, in the body's order. The
 * scrape path uses {@link BodyParser}, which makes none.
 *
 * Throws a PromAgentError EXPOSITION_SYNTAX with line, byte column and what was expected.
 */
export function parseExposition(body: Uint8Array, format: TextFormat): ParsedSample[] {
  const keys = new SeriesKeys();
  const parser = new BodyParser(keys);
  const parsed = new ParsedBody();
  parser.parse(format, body, body.length, parsed);
  const exemplars = exemplarsOf(body, parsed);
  const samples: ParsedSample[] = [];
  for (let i = 0; i < parsed.count; i++) {
    const slot = parsed.slots[i]!;
    const [[, name], ...labels] = decodeSeries(keys.key(slot), keys.contextOf(slot)) as [
      [string, string],
      ...[string, string][],
    ];
    const { type, help, unit } = metadataOf(name, parser.metadata);
    samples.push({
      name,
      labels: Object.fromEntries(labels),
      value: parsed.values[i]!,
      timestampMs: definedNumber(parsed.timestampsMs[i]!),
      type,
      help,
      unit,
      exemplar: exemplars.get(i),
    });
  }
  return samples;
}

function exemplarsOf(body: Uint8Array, parsed: ParsedBody): Map<number, ParsedExemplar> {
  const exemplars = new Map<number, ParsedExemplar>();
  for (let i = 0; i < parsed.exemplarCount; i++) {
    exemplars.set(parsed.exemplarSamples[i]!, {
      labels: Object.fromEntries(
        decodeExemplarLabels(body.subarray(parsed.exemplarStarts[i]!, parsed.exemplarEnds[i]!)),
      ),
      value: parsed.exemplarValues[i]!,
      timestampMs: definedNumber(parsed.exemplarTimestampsMs[i]!),
    });
  }
  return exemplars;
}

function definedNumber(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

const noMetadata: Metadata = { type: 'unknown', help: '', unit: '' };

const suffixes: Readonly<Record<MetricType, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  gaugehistogram: ['_bucket', '_gsum', '_gcount'],
  summary: ['_sum', '_count', '_created'],
  info: ['_info'],
  stateset: [],
  unknown: [],
};

/** The family of a sample: its own name, or that without a suffix its type gives to samples. */
export function metadataOf(name: string, families: ReadonlyMap<string, Metadata>): Metadata {
  const own = families.get(name);
  if (own !== undefined) return own;
  const underscore = name.lastIndexOf('_');
  const family = underscore < 0 ? undefined : families.get(name.slice(0, underscore));
  if (family === undefined) return noMetadata;
  return suffixes[family.type].includes(name.slice(underscore)) ? family : noMetadata;
}
