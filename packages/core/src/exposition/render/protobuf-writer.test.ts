import { describe, expect, it } from 'vitest';
import type { MetricFamily, ValueFamily } from '../../model/metric-family.js';
import { ByteSink } from './byte-sink.js';
import { familySteps, renderExposition } from './exposition-writer.js';
import { ProtobufWriter } from './protobuf-writer.js';

const format = { format: 'protobuf', escaping: 'allow-utf-8' } as const;
const classic = { upperBounds: [], bucketCounts: [] };
const trace = { labels: [['t', 'x']], value: 0.5 } as const;

/** Messages by their lengths, as a reader of the delimited form takes them apart. */
function messagesOf(body: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  let at = 0;
  while (at < body.length) {
    let length = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = body[at++]!;
      length += (byte & 127) * factor;
      if (byte < 128) break;
    }
    messages.push(body.subarray(at, at + length));
    at += length;
  }
  return messages;
}

function inBase64(message: Uint8Array): string {
  return Buffer.from(message).toString('base64');
}

// The bytes are what Go's proto.Marshal makes of the same client_model message.
const families: [what: string, family: MetricFamily, base64: string][] = [
  [
    'a native histogram of integers',
    {
      name: 'h',
      type: 'histogram',
      help: '',
      series: [
        {
          labels: [['a', 'ü']],
          ...classic,
          count: Number.MAX_SAFE_INTEGER,
          sum: -1.5,
          native: {
            schema: 3,
            zeroThreshold: 1e-128,
            zeroCount: 2,
            positiveSpans: [
              { offset: -3, length: 2 },
              { offset: 4, length: 1 },
            ],
            positiveCounts: [5, 2, 302],
            negativeSpans: [{ offset: 0, length: 1 }],
            negativeCounts: [7],
          },
          createdMs: 1_700_000_000_123,
          exemplars: [{ ...trace, timestampMs: 1_700_000_001_000 }],
          timestampMs: 1_700_000_000_123,
        },
      ],
    },
    'CgFoEgAYBCJ1CgcKAWESAsO8MPvQlf+8MTpjCP////////8PEQAAAAAAAPi/KAYxnZeMzwi6WyU4AkoECAAQAVAOYgQIBRACYgQICBABaApoBWjYBHoLCIDiz6oGEMCp0zqCARkKBgoBdBIBeBEAAAAAAADgPxoGCIHiz6oG',
  ],
  [
    'a gauge histogram of floats, classic and native',
    {
      name: 'f',
      type: 'gaugehistogram',
      series: [
        {
          labels: [],
          upperBounds: [1, Infinity],
          bucketCounts: [1.5, 2.5],
          bucketExemplars: [trace, undefined],
          count: 2.5,
          sum: 3,
          isFloat: true,
          native: {
            schema: -4,
            zeroThreshold: 0.001,
            zeroCount: 0.5,
            positiveSpans: [{ offset: 1, length: 2 }],
            positiveCounts: [1.5, 0.5],
            negativeSpans: [],
            negativeCounts: [],
          },
        },
      ],
    },
    'CgFmGAUiezp5EQAAAAAAAAhAGiURAAAAAAAA8D8aEQoGCgF0EgF4EQAAAAAAAOA/IQAAAAAAAPg/GhIRAAAAAAAA8H8hAAAAAAAABEAhAAAAAAAABEAoBzH8qfHSTWJQP0EAAAAAAADgP2IECAIQAnEAAAAAAAD4P3EAAAAAAADgPw==',
  ],
  [
    'a native histogram without observations, which a span of nothing tells from a classic one',
    {
      name: 'e',
      type: 'histogram',
      series: [
        {
          labels: [],
          ...classic,
          count: 0,
          sum: 0,
          native: {
            schema: 0,
            zeroThreshold: 0,
            zeroCount: 0,
            positiveSpans: [],
            positiveCounts: [],
            negativeSpans: [],
            negativeCounts: [],
          },
        },
      ],
    },
    'CgFlGAQiIDoeCAARAAAAAAAAAAAoADEAAAAAAAAAADgAYgQIABAA',
  ],
  [
    'times before 1970, a unit and NaN',
    {
      name: 'c_total',
      type: 'counter',
      help: 'h',
      unit: 'seconds',
      series: [
        {
          labels: [],
          value: NaN,
          exemplar: { ...trace, value: 1, timestampMs: -500 },
          createdMs: 0,
          timestampMs: -5,
        },
      ],
    },
    'CgdjX3RvdGFsEgFoGAAiPhoxCQEAAAAAAPh/EiQKBgoBdBIBeBEAAAAAAADwPxoRCP///////////wEQgMq17gEaADD7//////////8BKgdzZWNvbmRz',
  ],
  [
    'a summary',
    {
      name: 's',
      type: 'summary',
      series: [
        {
          labels: [],
          quantiles: [0.5],
          quantileValues: [-0],
          count: 300,
          sum: Infinity,
          createdMs: 1000,
        },
      ],
    },
    'CgFzGAIiJiIkCKwCEQAAAAAAAPB/GhIJAAAAAAAA4D8RAAAAAAAAAIAiAggB',
  ],
  [
    'two series without a type, a label without a value',
    {
      name: 'u',
      type: 'unknown',
      series: [
        { labels: [], value: 1e300 },
        { labels: [['x.y', '']], value: 2 },
      ],
    },
    'CgF1GAMiCyoJCZx1AIg85Dd+IhQKBwoDeC55EgAqCQkAAAAAAAAAQA==',
  ],
];

describe('families in protobuf', () => {
  it.each(families)('%s', (_what, family, base64) => {
    const body = renderExposition([family], format);
    expect(messagesOf(body).map(inBase64)).toEqual([base64]);
  });

  it('escapes names as they were asked for', () => {
    const [, family] = families.at(-1)!;
    const body = renderExposition([family], { format: 'protobuf', escaping: 'dots' });
    expect(Buffer.from(body).toString()).toContain('x_dot_y');
  });

  it.each([NaN, Infinity, -Infinity])('a summary whose count is %d has none', (count) => {
    const series = [{ labels: [], quantiles: [], quantileValues: [], count, sum: 1 }];
    const [message] = messagesOf(
      renderExposition([{ name: 's', type: 'summary', series }], format),
    );
    expect(inBase64(message!)).toBe('CgFzGAIiDSILCAARAAAAAAAA8D8=');
  });

  it('a metric without a name is refused, and nothing of it is written', () => {
    const nameless: MetricFamily = { name: '', type: 'gauge', series: [] };
    expect(() => renderExposition([nameless], format)).toThrow('without a name');
  });
});

describe('delimited messages', () => {
  it('have the length of all their chunks, however many and wherever they begin', () => {
    const sizes = [1, 0, 2000, 3, 900, 1];
    const all = sizes.map((size, i): ValueFamily => {
      const series = Array.from({ length: size }, (_, n) => ({
        labels: [['n', 'v'.repeat(100)]] as const,
        value: n,
      }));
      return { name: `family_${i}`, type: 'gauge', series };
    });
    const messages = messagesOf(renderExposition(all, format)).map(inBase64);
    const alone = all.flatMap((family) => messagesOf(renderExposition([family], format)));
    expect(messages).toEqual(alone.map(inBase64));
  });

  it('are not handed out before they end', () => {
    const sink = new ByteSink();
    const writer = new ProtobufWriter(sink, 'allow-utf-8');
    const series = Array.from({ length: 5000 }, () => ({
      labels: [['n', 'v'.repeat(100)]] as const,
      value: 1,
    }));
    const taken: number[] = [];
    for (const _ of familySteps(writer, { name: 'f', type: 'gauge', series })) {
      taken.push(sink.take().length);
    }
    expect(Math.max(...taken)).toBe(0);
    expect(sink.full).toBe(true);
    expect(messagesOf(Buffer.concat(sink.takeAll()))).toHaveLength(1);
  });
});
