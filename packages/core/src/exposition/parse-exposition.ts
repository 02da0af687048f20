import type { HistogramSample } from '../model/histogram.js';
import type { MetricType } from '../model/metadata.js';
import type { ExpositionFormat } from './content-type.js';
import { type ParsedExemplar, readSamples } from './read-samples.js';

/** One sample with all that the exposition says of it. */
export interface ParsedSample {
  /** The metric name, `__name__`. */
  readonly name: string;
  /** Without `__name__`, in written order; empty values are kept. */
  readonly labels: Readonly<Record<string, string>>;
  /** Of a native histogram its sum. */
  readonly value: number;
  /** The sample's own timestamp, undefined where it has none. */
  readonly timestampMs: number | undefined;
  /** Of the family; `unknown` where nothing names it. */
  readonly type: MetricType;
  /** Empty where the family has none. */
  readonly help: string;
  /** Empty where the family has none. */
  readonly unit: string;
  readonly exemplar: ParsedExemplar | undefined;
  /** Undefined for all but native histograms. */
  readonly histogram: HistogramSample | undefined;
}

/**
 * Parses one body at once, for tools and tests: each sample as an object, in the body's order. The
 * scrape path uses BodyParser, which makes none.
 *
 * Throws a PromAgentError EXPOSITION_SYNTAX that says where and what was expected.
 */
export function parseExposition(body: Uint8Array, format: ExpositionFormat): ParsedSample[] {
  return Array.from(readSamples(body, format), (sample) => ({
    name: sample.name,
    labels: Object.fromEntries(sample.labels),
    value: sample.value,
    timestampMs: sample.timestampMs,
    type: sample.metadata?.type ?? 'unknown',
    help: sample.metadata?.help ?? '',
    unit: sample.metadata?.unit ?? '',
    exemplar: sample.exemplar,
    histogram: sample.histogram,
  }));
}
