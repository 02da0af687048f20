import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { HistogramSample } from '../model/histogram.js';
import type { Metadata } from '../model/metadata.js';
import { BodyParser } from './body-parser.js';
import { CommentTable } from './comment-table.js';
import { type ExpositionFormat, formatOf } from './content-type.js';
import { decodeExemplarLabels } from './decode-exemplar.js';
import { decodeSeries } from './decode-series.js';
import { nativeBuckets } from './native-buckets.js';
import type { ParseOptions } from './parse-options.js';
import { ParsedBody } from './parsed-body.js';
import { SeriesKeys } from './series-keys.js';

// What Prometheus' own parsers answer, recorded; the folder lies beside the repository or is not there.
const folder = new URL('../../../../../shared/conformance/', import.meta.url);
const isThere = existsSync(folder);

interface RecordedHistogram {
  schema: number;
  count: string;
  sum: string;
  zero_threshold: string;
  zero_count: string;
  counter_reset_hint: number;
  int?: boolean;
  buckets: [lower: string, upper: string, count: string][];
  custom_values?: string[];
}

interface RecordedSample {
  labels: Record<string, string>;
  value?: string;
  ts?: number;
  st?: number;
  histogram?: RecordedHistogram;
  exemplars?: { labels: Record<string, string>; value: string; ts?: number }[];
}

interface Expected {
  ok: boolean;
  samples?: RecordedSample[];
  metadata?: { kind: string; name: string; value: string }[];
}

interface ParseCase {
  id: string;
  content_type: string;
  input?: string;
  input_b64?: string;
  opts?: Record<string, boolean>;
  expect: Expected;
  expect_created_as_start_time?: Expected;
}

// counter_reset_hint of a gauge histogram (model/histogram.GaugeType).
const gaugeHint = 3;

function goNumber(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}

/** An empty label value equals no label, and order means nothing. */
function comparable(labels: Iterable<readonly [string, string]>): Record<string, string> {
  return Object.fromEntries([...labels].filter(([, value]) => value !== ''));
}

function expectedSample(sample: RecordedSample) {
  const { labels, value, ts, st, histogram, exemplars = [] } = sample;
  return {
    labels: comparable(Object.entries(labels)),
    value: goNumber(histogram?.sum ?? value ?? ''),
    ts: ts ?? NaN,
    st: st ?? NaN,
    histogram: histogram && {
      schema: histogram.schema,
      count: goNumber(histogram.count),
      zeroThreshold: goNumber(histogram.zero_threshold),
      zeroCount: goNumber(histogram.zero_count),
      isFloat: histogram.int !== true,
      isGauge: histogram.counter_reset_hint === gaugeHint,
      buckets: histogram.buckets
        .map((bucket) => bucket.map(goNumber))
        .filter(([, , count]) => count !== 0),
      customValues: (histogram.custom_values ?? []).map(goNumber),
    },
    exemplars: exemplars.map((exemplar) => ({
      labels: exemplar.labels,
      value: goNumber(exemplar.value),
      ts: exemplar.ts ?? NaN,
    })),
  };
}

function comparableHistogram(histogram: HistogramSample | undefined) {
  if (histogram === undefined) return undefined;
  const { schema, count, zeroThreshold, zeroCount, isFloat, isGauge } = histogram;
  const buckets = nativeBuckets(histogram).map((bucket) => [
    bucket.lower,
    bucket.upper,
    bucket.count,
  ]);
  const customValues = Array.from(histogram.customValues);
  return { schema, count, zeroThreshold, zeroCount, isFloat, isGauge, buckets, customValues };
}

function samplesOf(format: ExpositionFormat, body: Uint8Array, keys: SeriesKeys, out: ParsedBody) {
  return Array.from(out.slots.subarray(0, out.count), (slot, i) => ({
    labels: comparable(decodeSeries(keys.key(slot), keys.contextOf(slot))),
    value: out.values[i],
    ts: out.timestampsMs[i],
    st: out.createdMs(i),
    histogram: comparableHistogram(out.histograms[out.histogramSamples.indexOf(i)]),
    exemplars: exemplarsOf(format, body, out, i),
  }));
}

function exemplarsOf(format: ExpositionFormat, body: Uint8Array, out: ParsedBody, sample: number) {
  return [...out.exemplarSamples.subarray(0, out.exemplarCount).keys()]
    .filter((at) => out.exemplarSamples[at] === sample)
    .map((at) => ({
      labels: Object.fromEntries(
        decodeExemplarLabels(body.subarray(out.exemplarStarts[at], out.exemplarEnds[at]), format),
      ),
      value: out.exemplarValues[at],
      ts: out.exemplarTimestampsMs[at],
    }));
}

function expectedMetadata(entries: { kind: string; name: string; value: string }[]) {
  const families: Record<string, Metadata> = {};
  for (const { kind, name, value } of entries) {
    if (kind === 'comment') continue;
    families[name] = { type: 'unknown', help: '', unit: '', ...families[name], [kind]: value };
  }
  return families;
}

interface Case {
  readonly id: string;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly options: ParseOptions;
  readonly expect: Expected;
}

function recorded(file: string, options: (one: ParseCase) => ParseOptions): Case[] {
  if (!isThere) return [];
  const lines = readFileSync(new URL(file, folder), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const one: ParseCase = JSON.parse(line);
    return {
      id: one.id,
      contentType: one.content_type,
      body: Buffer.from(
        one.input ?? one.input_b64 ?? '',
        one.input === undefined ? 'base64' : 'utf8',
      ),
      options: options(one),
      expect: one.expect_created_as_start_time ?? one.expect,
    };
  });
}

describe.each([
  [
    'protobuf',
    recorded('protobuf_parse.jsonl', ({ opts = {} }) => ({
      scrapeNativeHistograms: opts['ignore_native_histograms'] !== true,
      alwaysScrapeClassicHistograms: opts['keep_classic'] === true,
      convertClassicHistogramsToNhcb: opts['convert_to_nhcb'] === true,
      typeAndUnitLabels: opts['type_and_unit_labels'] === true,
    })),
  ],
  [
    'native histograms with custom buckets',
    recorded('nhcb_parse.jsonl', ({ opts = {} }) => ({
      scrapeNativeHistograms: opts['IgnoreNativeHistograms'] !== true,
      alwaysScrapeClassicHistograms: opts['KeepClassicOnClassicAndNativeHistograms'] === true,
      convertClassicHistogramsToNhcb: true,
      createdAsStartTime: opts['OpenMetricsSkipSTSeries'] === true,
    })),
  ],
  [
    'type and unit as labels',
    recorded('type_unit_parse.jsonl', () => ({ typeAndUnitLabels: true })),
  ],
  [
    'created lines as start times',
    recorded('openmetrics_parse.jsonl', (one) => ({
      createdAsStartTime: one.expect_created_as_start_time !== undefined,
    })).filter(({ options }) => options.createdAsStartTime),
  ],
])('recorded bodies: %s', (_what, cases) => {
  it.skipIf(!isThere)('are there', () => expect(cases.length).toBeGreaterThan(0));
  it.each(cases.map((one) => [one.id, one] as const))('%s', (_id, one) => {
    const { body, options } = one;
    const format = formatOf(one.contentType, undefined)!;
    const keys = new SeriesKeys();
    const out = new ParsedBody();
    const parser = new BodyParser(keys, new CommentTable(), options);
    if (!one.expect.ok) {
      const syntax = expect.objectContaining({ code: 'EXPOSITION_SYNTAX' });
      expect(() => parser.parse(format, body, body.length, out)).toThrow(syntax);
      return;
    }
    const expected = one.expect.samples?.map(expectedSample);
    const metadata = expectedMetadata(one.expect.metadata ?? []);
    parser.parse(format, body, body.length, out);
    expect(samplesOf(format, body, keys, out)).toEqual(expected);
    expect(Object.fromEntries(parser.metadata)).toEqual(metadata);
    // Now every series is the expected one.
    parser.parse(format, body, body.length, out);
    expect(out.sameOrder).toBe(true);
    expect(samplesOf(format, body, keys, out)).toEqual(expected);
  });
});
