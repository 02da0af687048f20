import { expect, test } from 'vitest';
import { readSamples } from '../../exposition/read-samples.js';
import { toBatch } from '../made-batch.contract.js';
import type { ScrapeBatch } from '../scrape-batch.js';
import { createValueEncoder } from './create-value-encoder.js';
import type { KafkaFormat } from './kafka-options.js';

const options = { sendNativeHistograms: true, sendExemplars: true };
const labels = (name: string, more: Record<string, string> = {}) =>
  new Map([['__name__', name], ['job', 'j'], ...Object.entries(more)]);

function linesOf(format: KafkaFormat, batch: ScrapeBatch): string[] {
  const encoder = createValueEncoder({ ...options, format } as never);
  const pieces: Buffer[] = [];
  // Twice: the second time by what was kept.
  const part = encoder.newPart();
  encoder.encode(batch, part, () => {});
  encoder.encode(batch, part, ({ bytes }) => pieces.push(Buffer.from(bytes)));
  return Buffer.concat(pieces).toString().trimEnd().split('\n');
}

const made = toBatch({
  targetId: 't',
  timestampMs: 1_700_000_000_123,
  layout: 3,
  samples: [
    { labels: labels('a_total', { path: '/"x"\\\n', ü: 'é' }), value: 1.5 },
    { labels: labels('b'), value: Number.NaN },
    { labels: labels('c'), value: Number.NEGATIVE_INFINITY },
    { labels: labels('d'), value: -0, ownTimestampMs: 99 },
  ],
  stale: [labels('gone')],
});
const families = {
  version: 1,
  read: () => new Map([['a', { type: 'counter', help: 'What "a" is.', unit: '' } as const]]),
};

test('jsonl: one object a sample, with its metadata; markers say that they are', () => {
  const lines = linesOf('jsonl', { ...made, families }).map((line) => JSON.parse(line));
  const timestamp = 1_700_000_000_123;
  expect(lines).toEqual([
    {
      name: 'a_total',
      labels: { job: 'j', path: '/"x"\\\n', ü: 'é' },
      value: 1.5,
      timestamp,
      type: 'counter',
      help: 'What "a" is.',
    },
    { name: 'b', labels: { job: 'j' }, value: 'NaN', timestamp },
    { name: 'c', labels: { job: 'j' }, value: '-Inf', timestamp },
    { name: 'd', labels: { job: 'j' }, value: -0, timestamp: 99 },
    { name: 'gone', labels: { job: 'j' }, value: 'NaN', timestamp, stale: true },
  ]);
});

test('text: what other readers take for an exposition with timestamps', () => {
  const lines = linesOf('text', made);
  expect(lines.at(-1)).toBe('# stale gone{job="j"} 1700000000123');
  const body = Buffer.from(`${lines.join('\n')}\n`);
  const samples = [...readSamples(body, 'text')];
  expect(samples.map(({ name, value, timestampMs }) => [name, value, timestampMs])).toEqual([
    ['a_total', 1.5, 1_700_000_000_123],
    ['b', Number.NaN, 1_700_000_000_123],
    ['c', Number.NEGATIVE_INFINITY, 1_700_000_000_123],
    ['d', -0, 99],
  ]);
  expect(Object.fromEntries(samples[0]!.labels)).toEqual({ job: 'j', path: '/"x"\\\n', ü: 'é' });
});

test('a native histogram has its exemplar in jsonl; in text it is a comment without', () => {
  const histogram = {
    schema: 0,
    zeroThreshold: 0.001,
    zeroCount: 1,
    count: 3,
    sum: 4,
    isFloat: false,
    positiveSpans: [{ offset: 0, length: 1 }],
    positiveCounts: [2],
    negativeSpans: [],
    negativeCounts: [],
    customValues: [],
    counterReset: 'unknown',
  };
  const histograms = {
    count: 1,
    refs: made.refs.slice(0, 1),
    timestampsMs: Float64Array.of(Number.NaN),
    samples: [histogram as never],
  };
  const exemplars = {
    count: 1,
    refs: made.refs.slice(0, 1),
    labels: [[['trace', 'x']]],
    values: Float64Array.of(2),
    timestampsMs: Float64Array.of(Number.NaN),
  } as never;
  const batch = { ...made, count: 0, staleCount: 0, histograms, exemplars };
  const [line] = linesOf('jsonl', batch);
  expect(JSON.parse(line!)).toMatchObject({
    histogram: { count: '3' },
    exemplar: { labels: { trace: 'x' }, value: 2 },
  });
  const lines = linesOf('text', batch);
  expect(lines[0]).toMatch(
    /^# native_histogram a_total\{.*\} \{"timestamp":1700000000123,"histogram":\{"count":"3"/,
  );
});
