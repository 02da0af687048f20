import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HistogramSample } from '../../model/histogram.js';
import type { Labels } from '../../model/labels.js';
import { createValueEncoder } from '../../outputs/kafka/create-value-encoder.js';
import type { KafkaFormat } from '../../outputs/kafka/kafka-options.js';
import { MessageBuilder, messageHead } from '../../outputs/kafka/message-builder.js';
import { framesOf } from '../../outputs/kafka/message-frame.js';
import { readZigzag } from '../../outputs/kafka/zigzag.js';
import {
  expectedSamples,
  type MadeBatch,
  refOf,
  toBatch,
} from '../../outputs/made-batch.contract.js';
import type { ScrapeBatch } from '../../outputs/scrape-batch.js';
import { HistogramEncoder } from '../../outputs/wire/histogram-message.js';
import { uncompress } from '../../outputs/wire/uncompress.js';
import {
  type DecodedRequest,
  decodeVersion1,
  decodeVersion2,
} from '../../outputs/wire/write-messages.contract.js';
import { writeBody } from '../write-body.js';
import { decodeMessage, messageFormats } from './decode-message.js';
import { type DecodedMessage, MalformedMessage } from './decoded-message.js';

const scrapeMs = 1_763_721_600_123;
const head = messageHead('k', {});

/** The value of the message that kafka_write makes of a scrape. */
function written(format: KafkaFormat, batch: ScrapeBatch): Uint8Array {
  const options = { format, sendNativeHistograms: true, sendExemplars: true };
  const encoder = createValueEncoder(options as never);
  const builder = new MessageBuilder();
  builder.begin();
  encoder.encode(batch, encoder.newPart(), (piece) => builder.add(piece));
  if (encoder.prefix !== undefined) builder.prepend(encoder.prefix);
  const { bytes } = builder.finish(head, 1, batch.timestampMs, encoder.isSnappy);
  const { recordEnd } = framesOf(Uint8Array.from(bytes))[0]!;
  const value = readZigzag(recordEnd, readZigzag(recordEnd, 0).end + 1);
  return recordEnd.subarray(value.end, value.end + value.value);
}

/** What a receiver of each version gets of it. */
function received({ series, families }: DecodedMessage): DecodedRequest[] {
  return [
    decodeVersion1(uncompress(writeBody(series, families, 1))),
    decodeVersion2(uncompress(writeBody(series, families, 2))),
  ];
}

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const labelSets: fc.Arbitrary<Labels[]> = fc.uniqueArray(
  fc
    .record({ name: text, labels: fc.array(fc.tuple(text, text), { maxLength: 4 }) })
    .map(({ name, labels }) => {
      const own = labels.filter(([label]) => label !== '__name__');
      return new Map([['__name__', name], ...own]);
    }),
  { selector: (labels) => JSON.stringify([...labels].toSorted()), minLength: 1, maxLength: 8 },
);
const values = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 2 ** 53 + 2, 1e21),
);

/** @param min of times: those of the text format are not before 1970 */
const scrapesFrom = (min: number): fc.Arbitrary<MadeBatch> =>
  fc
    .record({
      all: labelSets,
      numbers: fc.array(
        fc.tuple(values, fc.option(fc.integer({ min, max: 4e12 }), { nil: undefined })),
        { minLength: 8, maxLength: 8 },
      ),
      staleShare: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ all, numbers, staleShare }) => {
      const stale = Math.floor(all.length * staleShare);
      return {
        targetId: 't',
        timestampMs: scrapeMs,
        layout: 1,
        stale: all.slice(0, stale),
        samples: all.slice(stale).map((labels, i) => {
          const [value, ownTimestampMs] = numbers[i]!;
          return { labels, value, ...(ownTimestampMs !== undefined && { ownTimestampMs }) };
        }),
      };
    });

describe.each(messageFormats)('%s', (format) => {
  test('samples and markers come out as they went in, bit for bit', () => {
    fc.assert(
      fc.property(scrapesFrom(format === 'text' ? 0 : -1e12), (made) => {
        const decoded = decodeMessage(format, written(format, toBatch(made)), scrapeMs);
        for (const { series } of received(decoded)) {
          const samples = series.map(({ labels, samples: [sample] }) => ({ labels, ...sample }));
          expect(samples).toEqual(expectedSamples(made));
        }
      }),
    );
  });

  test.each([
    ['of integers', {}],
    ['of floats, a gauge', { isFloat: true, isGauge: true, count: 10.5, positiveCounts: [1, 2.5] }],
    ['without buckets', { ...noBuckets(), schema: 2, zeroThreshold: 0.25 }],
    ['with negative buckets', { negativeSpans: [{ offset: -3, length: 1 }], negativeCounts: [4] }],
    [
      'with an infinite bucket',
      { positiveSpans: [{ offset: 8193, length: 1 }], positiveCounts: [1] },
    ],
    ['whose sum is no number', { sum: Number.NaN }],
  ])('a native histogram %s', (_, fields) => {
    const histogram: HistogramSample = { ...plainHistogram, ...fields };
    const decoded = decodeMessage(format, written(format, histogramBatch(histogram)), scrapeMs);
    const expected = new HistogramEncoder().encode(histogram, scrapeMs);
    for (const { series } of received(decoded)) {
      const found = series.flatMap(({ histograms }) => histograms);
      expect(found.map(hex)).toEqual([hex(expected)]);
    }
  });

  test('bytes that nobody of us wrote are malformed, or nothing worse than samples', () => {
    const value = written(format, toBatch(example));
    const changed = fc
      .record({ at: fc.nat(value.length - 1), byte: fc.nat(255), end: fc.nat(value.length) })
      .map(({ at, byte, end }) => {
        const bytes = Uint8Array.from(value);
        bytes[at] = byte;
        return bytes.subarray(0, end);
      });
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        try {
          const { series } = decodeMessage(format, bytes, scrapeMs);
          writeBody(series, [], 2);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessage);
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('custom buckets survive where the format has them, and are told apart for 1.0', () => {
  const histogram = {
    ...plainHistogram,
    schema: -53,
    zeroThreshold: 0,
    zeroCount: 0,
    customValues: [0.5, 1, 2.5],
    positiveSpans: [
      { offset: 0, length: 1 },
      { offset: 2, length: 1 },
    ],
    positiveCounts: [3, 4],
    count: 7,
  };
  const expected = hex(new HistogramEncoder().encode(histogram, scrapeMs));
  for (const format of ['remote_write_v2', 'jsonl', 'text'] as const) {
    const value = written(format, histogramBatch(histogram));
    const points = decodeMessage(format, value, scrapeMs).series.flatMap((one) => one.points);
    expect(points.map(({ message, needsVersion2 }) => [hex(message), needsVersion2])).toEqual([
      [expected, true],
    ]);
  }
});

test.each(['remote_write', 'remote_write_v2', 'jsonl'] as const)(
  '%s: exemplars stand beside their sample, and metadata where the format has them',
  (format) => {
    const families = {
      version: 1,
      read: () => new Map([['a', { type: 'counter', help: 'ü "a"', unit: 's' } as const]]),
    };
    const exemplars = {
      count: 1,
      refs: Int32Array.of(refOf(labelsOf('a_total'))),
      labels: [[['trace_id', 'é']] as const],
      values: Float64Array.of(0.1),
      timestampsMs: Float64Array.of(scrapeMs - 5),
    };
    const made = toBatch({ ...example, samples: [{ labels: labelsOf('a_total'), value: 1 }] });
    const decoded = decodeMessage(
      format,
      written(format, { ...made, families, exemplars }),
      scrapeMs,
    );
    const [version1, version2] = received(decoded);
    const exemplar = {
      labels: [['trace_id', 'é']],
      value: 0.1,
      timestampMs: BigInt(scrapeMs - 5),
    };
    expect(version1?.series[0]?.exemplars).toEqual([exemplar]);
    // The marker is the other.
    expect(version2?.series.map(({ samples }) => samples.length)).toEqual([1, 1]);
    expect(version2?.series[0]?.exemplars).toEqual([exemplar]);
    const metadata = { type: 1, help: 'ü "a"', unit: 's' };
    expect(version2?.series[0]?.metadata).toEqual(format === 'remote_write' ? undefined : metadata);
  },
);

test('a sample without a timestamp has the time of its message', () => {
  for (const [format, value] of [
    ['jsonl', '{"name":"m","value":"+Inf"}\n\n{"name":"m","labels":{"a":""},"value":1}'],
    ['text', '# HELP m Words.\nm +Inf\nm{a=""} 1\n'],
  ] as const) {
    const { series } = decodeMessage(format, Buffer.from(value), scrapeMs);
    expect(series.map(({ points: [point] }) => point?.timestampMs)).toEqual([scrapeMs, scrapeMs]);
    expect(series[0]?.labels).toEqual(series[1]?.labels);
  }
});

test.each([
  ['morse', 'm 1', /its header says the format "morse", expected remote_write/],
  ['jsonl', '{"name":"m","value":1}\n{', /line 2: it is not JSON/],
  ['jsonl', '{"name":"m","value":"many"}', /line 1: value is no number/],
  ['jsonl', '{"name":"m","value":1,"timestamp":1.5}', /timestamp is not in whole milliseconds/],
  ['jsonl', '{"name":"m","value":1,"type":"dial"}', /type is none of Prometheus/],
  ['text', 'm{a="b} 1\n', /./],
  ['text', '# native_histogram m {"timestamp":1,"histogram":{}}\n', /schema/],
  ['remote_write', 'm 1', /snappy/],
])('%s: %s is malformed, in words', (format, value, words) => {
  expect(() => decodeMessage(format, Buffer.from(value), 0)).toThrow(MalformedMessage);
  expect(() => decodeMessage(format, Buffer.from(value), 0)).toThrow(words);
});

const example: MadeBatch = {
  targetId: 't',
  timestampMs: scrapeMs,
  layout: 1,
  samples: ['a', 'b', 'c'].map((name, value) => ({ labels: labelsOf(name), value })),
  stale: [labelsOf('gone')],
};

const plainHistogram: HistogramSample = {
  schema: 3,
  zeroThreshold: 2 ** -128,
  zeroCount: 2,
  positiveSpans: [
    { offset: -2, length: 1 },
    { offset: 3, length: 1 },
  ],
  positiveCounts: [1, 3],
  negativeSpans: [],
  negativeCounts: [],
  count: 6,
  sum: 1.5,
  customValues: [],
  isFloat: false,
  isGauge: false,
};

function noBuckets() {
  return { zeroCount: 0, positiveSpans: [], positiveCounts: [], count: 0 };
}

function histogramBatch(histogram: HistogramSample): ScrapeBatch {
  const made = toBatch({ ...example, stale: [] });
  const histograms = {
    count: 1,
    refs: made.refs.slice(0, 1),
    timestampsMs: Float64Array.of(Number.NaN),
    samples: [histogram],
  };
  return { ...made, count: 0, histograms };
}

function labelsOf(name: string): Labels {
  return new Map([
    ['__name__', name],
    ['job', 'j'],
  ]);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
