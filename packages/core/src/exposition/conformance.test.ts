import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Metadata } from '../model/metadata.js';
import { BodyParser, type TextFormat } from './body-parser.js';
import { formatOf, type ScrapeProtocol } from './content-type.js';
import { decodeExemplarLabels } from './decode-exemplar.js';
import { decodeSeries } from './decode-series.js';
import { ParsedBody } from './parsed-body.js';
import { SeriesKeys } from './series-keys.js';

// What Prometheus' own parsers answer, recorded; the folder lies beside the repository or is not there.
const folder = new URL('../../../../../shared/conformance/', import.meta.url);
const isThere = existsSync(folder);

function recorded<T>(file: string): T[] {
  if (!isThere) return [];
  const lines = readFileSync(new URL(file, folder), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

interface RecordedExemplar {
  labels: Record<string, string>;
  value: string;
  ts?: number | string;
}

interface RecordedSample {
  labels: Record<string, string>;
  value: string;
  ts?: number | string;
  exemplars?: RecordedExemplar[];
}

interface ParseCase {
  id: string;
  level: 'must' | 'reference' | 'judgement';
  input?: string;
  input_b64?: string;
  /** Whether a scrape of it is good, which an empty body is although the parser refuses it. */
  verdict: 'accept' | 'reject';
  expect: {
    ok: boolean;
    samples?: RecordedSample[];
    metadata?: { kind: string; name: string; value: string }[];
  };
}

function goNumber(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}

/** An empty label value equals no label, and order means nothing. */
function comparable(labels: Iterable<readonly [string, string]>): Record<string, string> {
  return Object.fromEntries([...labels].filter(([, value]) => value !== ''));
}

function parse(format: TextFormat, body: Uint8Array) {
  const keys = new SeriesKeys();
  const parser = new BodyParser(keys);
  const out = new ParsedBody();
  parser.parse(format, body, body.length, out);
  const samples = Array.from(out.slots.subarray(0, out.count), (slot, i) => ({
    labels: comparable(decodeSeries(keys.key(slot), keys.contextOf(slot))),
    value: out.values[i],
    ts: out.timestampsMs[i],
    exemplars: exemplarsOf(body, out, i),
  }));
  return { samples, metadata: parser.metadata };
}

function exemplarsOf(body: Uint8Array, out: ParsedBody, sample: number) {
  return [...out.exemplarSamples.subarray(0, out.exemplarCount).keys()]
    .filter((at) => out.exemplarSamples[at] === sample)
    .map((at) => ({
      labels: comparable(
        decodeExemplarLabels(
          body.subarray(out.exemplarStarts[at], out.exemplarEnds[at]),
          'openmetrics',
        ),
      ),
      value: out.exemplarValues[at],
      ts: out.exemplarTimestampsMs[at],
    }));
}

function expectedSample({ labels, value, ts, exemplars = [] }: RecordedSample) {
  return {
    labels: comparable(Object.entries(labels)),
    value: goNumber(value),
    ts: Number(ts ?? NaN),
    exemplars: exemplars.map((exemplar) => ({
      labels: comparable(Object.entries(exemplar.labels)),
      value: goNumber(exemplar.value),
      ts: Number(exemplar.ts ?? NaN),
    })),
  };
}

function expectedMetadata(entries: { kind: string; name: string; value: string }[]) {
  const families: Record<string, Metadata> = {};
  for (const { kind, name, value } of entries) {
    if (kind === 'comment') continue;
    families[name] = { type: 'unknown', help: '', unit: '', ...families[name], [kind]: value };
  }
  return families;
}

describe.each([
  ['text', 'text_parse.jsonl'],
  ['openmetrics', 'openmetrics_parse.jsonl'],
] as const)('recorded %s bodies', (format, file) => {
  const cases = recorded<ParseCase>(file).filter(({ level }) => level !== 'judgement');
  it.skipIf(!isThere)('are there', () => expect(cases.length).toBeGreaterThan(0));
  it.each(cases.map((one) => [one.id, one] as const))('%s', (_id, one) => {
    const body = Buffer.from(
      one.input ?? one.input_b64 ?? '',
      one.input === undefined ? 'base64' : 'utf8',
    );
    if (one.verdict === 'reject') {
      const syntax = expect.objectContaining({ code: 'EXPOSITION_SYNTAX' });
      expect(() => parse(format, body)).toThrow(syntax);
      return;
    }
    const { samples, metadata } = parse(format, body);
    expect(samples).toEqual((one.expect.samples ?? []).map(expectedSample));
    expect(Object.fromEntries(metadata)).toEqual(expectedMetadata(one.expect.metadata ?? []));
  });
});

interface CorpusCase {
  file: string;
  openmetrics: boolean;
  expect: {
    samples: number;
    families_typed: number;
    types: Record<string, number>;
    with_timestamp: number;
    first: RecordedSample[];
    last: RecordedSample[];
  };
}

describe('recorded bodies of real exporters', () => {
  const cases = recorded<CorpusCase>('corpus/EXPECTED.jsonl').filter(({ file }) =>
    existsSync(new URL(`corpus/${file}`, folder)),
  );
  it.skipIf(!isThere)('are there', () => expect(cases.length).toBeGreaterThan(0));
  it.each(cases.map((one) => [one.file, one] as const))('%s', (file, one) => {
    const body = readFileSync(new URL(`corpus/${file}`, folder));
    const { samples, metadata } = parse(one.openmetrics ? 'openmetrics' : 'text', body);
    const types: Record<string, number> = {};
    for (const { type } of metadata.values()) types[type] = (types[type] ?? 0) + 1;
    expect(samples.length).toBe(one.expect.samples);
    expect(metadata.size).toBe(one.expect.families_typed);
    expect(types).toEqual(one.expect.types);
    expect(samples.filter(({ ts }) => !Number.isNaN(ts)).length).toBe(one.expect.with_timestamp);
    const { first, last } = one.expect;
    const plain = samples.map((sample) => ({ ...sample, exemplars: [] }));
    expect(plain.slice(0, first.length)).toEqual(first.map(expectedSample));
    expect(plain.slice(-last.length)).toEqual(last.map(expectedSample));
  });
});

interface MediaTypeCase {
  id: string;
  content_type: string;
  fallback: string;
  expect: { parser: string | null };
}

describe('recorded Content-Types', () => {
  const protocolOf: Record<string, ScrapeProtocol> = {
    'text/plain': 'PrometheusText0.0.4',
    'application/openmetrics-text': 'OpenMetricsText1.0.0',
    'application/vnd.google.protobuf': 'PrometheusProto',
  };
  const cases = recorded<MediaTypeCase>('media_type.jsonl');
  it.skipIf(!isThere)('are there', () => expect(cases.length).toBeGreaterThan(0));
  it.each(cases.map((one) => [one.id, one] as const))('%s', (_id, one) => {
    const fallback = protocolOf[one.fallback.split(';')[0] ?? ''];
    expect(formatOf(one.content_type, fallback) ?? null).toBe(one.expect.parser);
  });
});
