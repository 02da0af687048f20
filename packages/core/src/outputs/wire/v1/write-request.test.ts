import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectedSamples, type MadeBatch, madeSeries, toBatch } from '../../made-batch.contract.js';
import { decodeWriteRequest } from '../../remote-write/write-receiver.contract.js';
import { WriteRequestEncoder } from './write-request.js';

const cases = new URL(
  '../../../../../../../shared/conformance/remote_write_sender.jsonl',
  import.meta.url,
);
const scrapeMs = 1_763_721_600_123;
const up = new Map([
  ['__name__', 'up'],
  ['job', 'j'],
]);

function encode(made: MadeBatch): WriteRequestEncoder {
  const encoder = new WriteRequestEncoder();
  expect(encoder.encodeSamples(toBatch(made), 0, 20_000)).toBe(made.samples.length);
  return encoder;
}

function decode(encoder: WriteRequestEncoder): ReturnType<typeof decodeWriteRequest> {
  return decodeWriteRequest(encoder.bytes.slice(0, encoder.length));
}

describe('WriteRequestEncoder', () => {
  const values: [name: string, value: number, bits: bigint][] = [
    ['zero', 0, 0n],
    ['minus zero', -0, 0x8000000000000000n],
    ['one', 1, 0x3ff0000000000000n],
    ['smallest', 5e-324, 1n],
    ['largest', Number.MAX_VALUE, 0x7fefffffffffffffn],
    ['+Inf', Number.POSITIVE_INFINITY, 0x7ff0000000000000n],
    ['-Inf', Number.NEGATIVE_INFINITY, 0xfff0000000000000n],
    ['NaN', Number.NaN, 0x7ff8000000000001n],
  ];
  it.each(values)('%s keeps its bits', (_name, value, bits) => {
    const made = {
      targetId: 't',
      timestampMs: scrapeMs,
      layout: 1,
      samples: [{ labels: up, value }],
    };
    expect(decode(encode(made))).toEqual([
      { labels: [...up], bits, timestampMs: BigInt(scrapeMs) },
    ]);
  });

  it('a NaN with another payload, the stale one included, goes out as an ordinary NaN', () => {
    const batch = toBatch({
      targetId: 't',
      timestampMs: scrapeMs,
      layout: 1,
      samples: madeSeries('m', 2).map((labels) => ({ labels, value: 0 })),
    });
    new BigUint64Array(batch.values.buffer).set([0x7ff0000000000002n, 0xfff8000000000000n]);
    const encoder = new WriteRequestEncoder();
    encoder.encodeSamples(batch, 0, 10);
    const bits = decode(encoder).map((sample) => sample.bits);
    expect(bits).toEqual([0x7ff8000000000001n, 0x7ff8000000000001n]);
  });

  it('a stale marker has the bits of one', () => {
    const made = { targetId: 't', timestampMs: scrapeMs, layout: 1, samples: [], stale: [up] };
    const encoder = new WriteRequestEncoder();
    expect(encoder.encodeStaleMarkers(toBatch(made), 0, 10)).toBe(1);
    expect(decode(encoder)).toEqual(expectedSamples(made));
    expect(encoder.highestTimestampMs).toBe(scrapeMs);
  });

  it.each([0, 1, -1, 2 ** 35 - 1, 2 ** 35, 2 ** 42, -(2 ** 50)])('timestamp %d', (timestampMs) => {
    const made = { targetId: 't', timestampMs, layout: 1, samples: [{ labels: up, value: 1 }] };
    const encoder = encode(made);
    expect(decode(encoder)).toEqual(expectedSamples(made));
    expect(encoder.highestTimestampMs).toBe(timestampMs);
  });

  it("samples bring their own timestamps, the others take the scrape's", () => {
    const samples = [5, -7, undefined, 2 ** 40].map((ownTimestampMs, i) => ({
      labels: new Map([['__name__', `m${i}`]]),
      value: i,
      ...(ownTimestampMs !== undefined && { ownTimestampMs }),
    }));
    const made = { targetId: 't', timestampMs: 99, layout: 1, samples };
    const encoder = encode(made);
    expect(decode(encoder)).toEqual(expectedSamples(made));
    expect(encoder.highestTimestampMs).toBe(2 ** 40);
  });

  it('the newest timestamp is one that is in the part', () => {
    const samples = [{ labels: up, value: 1, ownTimestampMs: 5 }];
    const encoder = encode({ targetId: 't', timestampMs: 99, layout: 1, samples });
    expect(encoder.highestTimestampMs).toBe(5);
  });

  it('goes on where a part ended, and ends one before it is too large', () => {
    const long = 'x'.repeat(1_000_000);
    const samples = Array.from({ length: 10 }, (_, i) => ({
      labels: new Map([
        ['__name__', 'm'],
        ['long', `${long}${i}`],
      ]),
      value: i,
    }));
    const made = { targetId: 't', timestampMs: scrapeMs, layout: 1, samples };
    const encoder = new WriteRequestEncoder();
    const batch = toBatch(made);
    const ends: number[] = [];
    const read = [];
    for (let from = 0; from < 10; ) {
      from = encoder.encodeSamples(batch, from, 7);
      ends.push(from);
      read.push(...decode(encoder));
    }
    expect(ends).toEqual([5, 10]);
    expect(read).toEqual(expectedSamples(made));
  });
});

interface RecordedCase {
  readonly id: string;
  readonly name: string;
  readonly expect: {
    readonly v1: readonly { labels: [string, string][]; value: string; t: string }[];
  };
}

describe.skipIf(!existsSync(cases))('what Prometheus sent (recorded)', () => {
  const recorded = existsSync(cases)
    ? readFileSync(cases, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as RecordedCase)
    : [];
  const numbers: Record<string, number> = {
    '+Inf': Number.POSITIVE_INFINITY,
    '-Inf': Number.NEGATIVE_INFINITY,
    '*': 0.001,
  };
  it.each(recorded.map((one) => [one.id, one.name, one] as const))('%s %s', (_id, _name, one) => {
    const samples = one.expect.v1.map(({ labels, value, t }) => ({
      labels: new Map(labels),
      value: numbers[value] ?? Number(value),
      ...(t !== 'scrape' && { ownTimestampMs: 1_763_721_600_000 }),
    }));
    const made = { targetId: 't', timestampMs: scrapeMs, layout: 1, samples };
    const read = decode(encode(made));
    expect(read).toEqual(expectedSamples(made));
    // The recorded labels are in the order of Prometheus' wire, UTF-8 bytes.
    expect(read.map((sample) => sample.labels)).toEqual(one.expect.v1.map(({ labels }) => labels));
  });
});
