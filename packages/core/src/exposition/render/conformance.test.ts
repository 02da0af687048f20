import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Exemplar, LabelPair, MetricFamily } from '../../model/metric-family.js';
import type { EscapingScheme, ExpositionFormat } from '../content-type.js';
import { ByteSink } from './byte-sink.js';
import { escapeName, unescapeName } from './escape-name.js';
import { familySteps } from './exposition-writer.js';
import { negotiate, type Offer } from './negotiate.js';
import { ProtobufWriter } from './protobuf-writer.js';
import { isPlainLabelName, isPlainMetricName } from './text-format.js';
import { TextWriter } from './text-writer.js';

// What prometheus/common answers, recorded; the folder lies beside the repository or is not there.
const folder = new URL('../../../../../../shared/conformance/', import.meta.url);
const isThere = existsSync(folder);

interface RecordedCase {
  readonly id: string;
  readonly level?: string;
}

function recorded<T extends RecordedCase>(file: string): (readonly [string, T])[] {
  if (!isThere) return [];
  const lines = readFileSync(new URL(file, folder), 'utf8').trim().split('\n');
  return lines
    .map((line): T => JSON.parse(line))
    .filter(({ level }) => level !== 'judgement')
    .map((one) => [one.id, one] as const);
}

// Protobuf's JSON: 64-bit integers as strings, times as RFC 3339.
interface JsonExemplar {
  label?: { name: string; value: string }[];
  value?: number | string;
  timestamp?: string;
}

interface JsonValue {
  value?: number | string;
  exemplar?: JsonExemplar;
  created_timestamp?: string;
}

interface JsonMetric {
  label?: { name: string; value: string }[];
  timestamp_ms?: string;
  counter?: JsonValue;
  gauge?: JsonValue;
  untyped?: JsonValue;
  summary?: {
    sample_count?: string;
    sample_sum?: number | string;
    quantile?: { quantile: number; value: number | string }[];
    created_timestamp?: string;
  };
  histogram?: {
    sample_count?: string;
    sample_count_float?: number;
    sample_sum?: number | string;
    bucket?: {
      cumulative_count?: string;
      cumulative_count_float?: number;
      upper_bound: number | string;
      exemplar?: JsonExemplar;
    }[];
    created_timestamp?: string;
  };
}

interface JsonFamily {
  name?: string;
  help?: string;
  type?: string;
  unit?: string;
  metric?: JsonMetric[];
}

interface CreateCase extends RecordedCase {
  readonly metric_family: JsonFamily;
  readonly metric_family_b64: string;
  readonly created_lines?: boolean;
  readonly expect: { readonly text?: string; readonly error?: string };
}

function labelsOf({ label = [] }: { label?: { name: string; value: string }[] }): LabelPair[] {
  return label.map(({ name, value }) => [name, value]);
}

function time(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}

function exemplarOf(json: JsonExemplar | undefined): Exemplar | undefined {
  if (json === undefined) return undefined;
  return { labels: labelsOf(json), value: Number(json.value), timestampMs: time(json.timestamp) };
}

function headerOf(metric: JsonMetric) {
  const { timestamp_ms: timestamp } = metric;
  const timestampMs = timestamp === undefined ? undefined : Number(timestamp);
  return { labels: labelsOf(metric), timestampMs };
}

function familyOf({ name = '', help, type = 'COUNTER', unit, metric = [] }: JsonFamily) {
  const header = { name, help, unit };
  if (type === 'SUMMARY') {
    const series = metric.map((one) => ({
      ...headerOf(one),
      quantiles: one.summary?.quantile?.map(({ quantile }) => quantile) ?? [],
      quantileValues: one.summary?.quantile?.map(({ value }) => Number(value)) ?? [],
      count: Number(one.summary?.sample_count ?? 0),
      sum: Number(one.summary?.sample_sum ?? 0),
      createdMs: time(one.summary?.created_timestamp),
    }));
    return { ...header, type: 'summary', series } satisfies MetricFamily;
  }
  if (type === 'HISTOGRAM' || type === 'GAUGE_HISTOGRAM') {
    const series = metric.map((one) => histogramOf(one));
    const ours = type === 'HISTOGRAM' ? 'histogram' : 'gaugehistogram';
    return { ...header, type: ours, series } satisfies MetricFamily;
  }
  const field = type.toLowerCase() as 'counter' | 'gauge' | 'untyped';
  const series = metric.map((one) => {
    const { value, exemplar, created_timestamp: created } = one[field] ?? {};
    return {
      ...headerOf(one),
      value: Number(value),
      exemplar: exemplarOf(exemplar),
      createdMs: time(created),
    };
  });
  return { ...header, type: field === 'untyped' ? 'unknown' : field, series } as MetricFamily;
}

function histogramOf(one: JsonMetric) {
  const { bucket = [], ...histogram } = one.histogram ?? {};
  return {
    ...headerOf(one),
    upperBounds: bucket.map(({ upper_bound: bound }) => Number(bound)),
    bucketCounts: bucket.map((b) => Number(b.cumulative_count_float ?? b.cumulative_count ?? 0)),
    bucketExemplars: bucket.map(({ exemplar }) => exemplarOf(exemplar)),
    count: Number(histogram.sample_count_float ?? histogram.sample_count ?? 0),
    sum: Number(histogram.sample_sum ?? 0),
    isFloat: histogram.sample_count_float !== undefined,
    createdMs: time(histogram.created_timestamp),
  };
}

function written(one: CreateCase, format: ExpositionFormat): Buffer {
  const sink = new ByteSink();
  const writer =
    format === 'protobuf'
      ? new ProtobufWriter(sink, 'allow-utf-8')
      : new TextWriter(sink, format, 'allow-utf-8', one.created_lines);
  for (const _ of familySteps(writer, familyOf(one.metric_family)));
  return Buffer.concat(sink.takeAll());
}

describe.each([
  ['text', 'create_text.jsonl'],
  ['openmetrics', 'create_openmetrics.jsonl'],
] as const)('recorded families in %s', (format, file) => {
  it.skipIf(!isThere)('are there', () => expect(isThere).toBe(true));
  it.skipIf(!isThere).each(recorded<CreateCase>(file))('%s', (_id, one) => {
    // Our types exclude the one; the other's comments are metadata, and prom-client always wrote them.
    if (/expected counter|has no metrics/.test(one.expect.error ?? '')) return;
    if (one.expect.error !== undefined)
      expect(() => written(one, format)).toThrow('without a name');
    else expect(written(one, format).toString()).toBe(one.expect.text);
  });
});

describe('recorded families in protobuf', () => {
  const cases = ['create_text.jsonl', 'create_openmetrics.jsonl']
    .flatMap((file) => recorded<CreateCase>(file))
    .filter(([, one]) => one.metric_family.type !== undefined && !one.expect.error);
  it.skipIf(!isThere)('are there', () => expect(isThere).toBe(true));
  it.skipIf(!isThere).each(cases)('%s', (_id, one) => {
    const bytes = written(one, 'protobuf');
    const lengthBytes = bytes.findIndex((byte) => byte < 128) + 1;
    expect(bytes.subarray(lengthBytes).toString('base64')).toBe(one.metric_family_b64);
  });
});

interface NegotiateCase extends RecordedCase {
  readonly accept: readonly string[];
  readonly offered: readonly string[];
  readonly global_escaping: EscapingScheme;
  readonly expect: string;
}

describe('recorded Accept headers', () => {
  it.skipIf(!isThere)('are there', () => expect(isThere).toBe(true));
  it.skipIf(!isThere).each(recorded<NegotiateCase>('negotiate.jsonl'))('%s', (_id, one) => {
    const offers = one.offered.map((contentType): Offer => ({ format: 'text', contentType }));
    const { contentType } = negotiate(one.accept[0], offers, one.global_escaping);
    expect(contentType).toBe(one.expect);
  });
});

interface EscapeCase extends RecordedCase {
  readonly kind: 'escape' | 'unescape';
  readonly scheme: EscapingScheme;
  readonly input: string;
  readonly expect: string;
}

describe('recorded names that are escaped', () => {
  it.skipIf(!isThere)('are there', () => expect(isThere).toBe(true));
  it.skipIf(!isThere).each(recorded<EscapeCase>('escaping.jsonl'))('%s', (_id, one) => {
    const change = one.kind === 'escape' ? escapeName : unescapeName;
    expect(change(one.input, one.scheme)).toBe(one.expect);
  });
});

interface NameCase extends RecordedCase {
  readonly kind: 'metric_name' | 'label_name';
  readonly scheme: 'legacy' | 'utf8';
  readonly input?: string;
  readonly expect: { readonly valid: boolean };
}

describe('recorded names that need quotes or not', () => {
  const cases = recorded<NameCase>('names.jsonl').filter(([, one]) => one.scheme === 'legacy');
  it.skipIf(!isThere)('are there', () => expect(isThere).toBe(true));
  it.skipIf(!isThere).each(cases)('%s', (_id, one) => {
    const isPlain = one.kind === 'metric_name' ? isPlainMetricName : isPlainLabelName;
    if (one.input !== undefined) expect(isPlain(one.input)).toBe(one.expect.valid);
  });
});
