import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { HistogramSample } from '../../model/histogram.js';
import type { Metadata } from '../../model/metadata.js';
import { BodyParser } from '../body-parser.js';
import { CommentTable } from '../comment-table.js';
import { decodeExemplarLabels } from '../decode-exemplar.js';
import { decodeSeries } from '../decode-series.js';
import { nativeBuckets } from '../native-buckets.js';
import { ParsedBody } from '../parsed-body.js';
import { SeriesKeys } from '../series-keys.js';
import type { HistogramOptions } from './protobuf-parser.js';

// What Prometheus' own parser answers, recorded; the file lies beside the repository or is not there.
const file = new URL('../../../../../../shared/conformance/protobuf_parse.jsonl', import.meta.url);
const isThere = existsSync(file);

interface RecordedHistogram {
  schema: number;
  count: string;
  sum: string;
  zero_threshold: string;
  zero_count: string;
  counter_reset_hint: number;
  int?: boolean;
  buckets: [lower: string, upper: string, count: string][];
}

interface RecordedSample {
  labels: Record<string, string>;
  value?: string;
  ts?: number;
  st?: number;
  histogram?: RecordedHistogram;
  exemplars?: { labels: Record<string, string>; value: string; ts?: number }[];
}

interface ParseCase {
  id: string;
  input_b64: string;
  opts: {
    ignore_native_histograms: boolean;
    keep_classic: boolean;
    convert_to_nhcb: boolean;
    type_and_unit_labels: boolean;
  };
  expect: {
    ok: boolean;
    samples?: RecordedSample[];
    metadata?: { kind: string; name: string; value: string }[];
  };
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
      buckets: histogram.buckets.map((bucket) => bucket.map(goNumber)),
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
  return { schema, count, zeroThreshold, zeroCount, isFloat, isGauge, buckets };
}

function samplesOf(body: Uint8Array, keys: SeriesKeys, out: ParsedBody) {
  return Array.from(out.slots.subarray(0, out.count), (slot, i) => ({
    labels: comparable(decodeSeries(keys.key(slot), keys.contextOf(slot))),
    value: out.values[i],
    ts: out.timestampsMs[i],
    st: out.createdMs(i),
    histogram: comparableHistogram(out.histograms[out.histogramSamples.indexOf(i)]),
    exemplars: exemplarsOf(body, out, i),
  }));
}

function exemplarsOf(body: Uint8Array, out: ParsedBody, sample: number) {
  return [...out.exemplarSamples.subarray(0, out.exemplarCount).keys()]
    .filter((at) => out.exemplarSamples[at] === sample)
    .map((at) => ({
      labels: Object.fromEntries(
        decodeExemplarLabels(
          body.subarray(out.exemplarStarts[at], out.exemplarEnds[at]),
          'protobuf',
        ),
      ),
      value: out.exemplarValues[at],
      ts: out.exemplarTimestampsMs[at],
    }));
}

function expectedMetadata(entries: { kind: string; name: string; value: string }[]) {
  const families: Record<string, Metadata> = {};
  for (const { kind, name, value } of entries) {
    families[name] = { type: 'unknown', help: '', unit: '', ...families[name], [kind]: value };
  }
  return families;
}

describe('recorded protobuf bodies', () => {
  const lines = isThere ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const cases = lines
    .map((line): ParseCase => JSON.parse(line))
    .filter(({ opts }) => !opts.convert_to_nhcb && !opts.type_and_unit_labels);
  it.skipIf(!isThere).each(cases.map((one) => [one.id, one] as const))('%s', (_id, one) => {
    const body = Buffer.from(one.input_b64, 'base64');
    const options: HistogramOptions = {
      scrapeNativeHistograms: !one.opts.ignore_native_histograms,
      alwaysScrapeClassicHistograms: one.opts.keep_classic,
    };
    const keys = new SeriesKeys();
    const out = new ParsedBody();
    const parser = new BodyParser(keys, new CommentTable(), options);
    if (!one.expect.ok) {
      const syntax = expect.objectContaining({ code: 'EXPOSITION_SYNTAX' });
      expect(() => parser.parse('protobuf', body, body.length, out)).toThrow(syntax);
      return;
    }
    const expected = one.expect.samples?.map(expectedSample);
    const metadata = expectedMetadata(one.expect.metadata ?? []);
    parser.parse('protobuf', body, body.length, out);
    expect(samplesOf(body, keys, out)).toEqual(expected);
    expect(Object.fromEntries(parser.metadata)).toEqual(metadata);
    // Now every series is the expected one.
    parser.parse('protobuf', body, body.length, out);
    expect(out.sameOrder).toBe(true);
    expect(samplesOf(body, keys, out)).toEqual(expected);
  });
});
