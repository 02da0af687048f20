import fc from 'fast-check';
import { uncompress } from 'snappyjs';
import { describe, expect, it } from 'vitest';
import type { HistogramSample } from '../../../model/histogram.js';
import { type Labels, sortedLabels } from '../../../model/labels.js';
import { expectedSamples, type MadeBatch, madeSeries, toBatch } from '../../made-batch.contract.js';
import { WriteBatch } from '../../queue/lanes/write-batch.js';
import {
  decodeWriteRequest,
  type ReceivedSample,
} from '../../remote-write/write-receiver.contract.js';
import type { ScrapeBatch } from '../../scrape-batch.js';
import { BatchEncoder, TargetTemplates } from './batch-encoder.js';

const scrapeMs = 1_763_721_600_123;

interface Encoded {
  readonly samples: ReceivedSample[];
  /** Samples of each fragment. */
  readonly parts: number[];
  readonly bytes: number;
}

/** Encodes and reads back; all fragments stand behind one preamble, as in a request. */
function encode(encoder: BatchEncoder, kept: TargetTemplates, made: MadeBatch): Encoded {
  const batch = new WriteBatch({ lane: 0, sequence: 0, generation: 0, startedMs: 0 }, undefined);
  const parts: number[] = [];
  encoder.encode(toBatch(made), kept, (fragment) => {
    parts.push(fragment.samples);
    batch.append(fragment);
  });
  const samples = batch.samples === 0 ? [] : decodeWriteRequest(uncompress(batch.body()));
  return { samples, parts, bytes: batch.bytes };
}

function tick(layout: number, series: readonly Labels[], timestampMs = scrapeMs): MadeBatch {
  const samples = series.map((labels, i) => ({ labels, value: i * 1.5 + timestampMs }));
  return { targetId: 't', timestampMs, layout, samples };
}

/** Native histograms beside the samples of a tick: of series 0 at its own time, of series 1 without. */
function withHistograms(made: MadeBatch, schema: number): ScrapeBatch {
  const one: HistogramSample = {
    schema,
    zeroThreshold: 0,
    zeroCount: 0,
    positiveSpans: [{ offset: 0, length: 2 }],
    positiveCounts: [1, 2],
    negativeSpans: [],
    negativeCounts: [],
    count: 3,
    sum: 7.5,
    customValues: schema === -53 ? [1] : [],
    isFloat: false,
    isGauge: false,
  };
  const batch = toBatch(made);
  const histograms = {
    count: 2,
    refs: batch.refs.slice(0, 2),
    timestampsMs: Float64Array.of(5000, Number.NaN),
    samples: [one, one],
  };
  return { ...batch, histograms };
}

function samplesOf(encoder: BatchEncoder, batch: ScrapeBatch): ReceivedSample[] {
  const request = new WriteBatch({ lane: 0, sequence: 0, generation: 0, startedMs: 0 }, undefined);
  encoder.encode(batch, new TargetTemplates(), (fragment) => request.append(fragment));
  return decodeWriteRequest(uncompress(request.body()));
}

describe('BatchEncoder', () => {
  it('sends native histograms behind the samples, at their own times', () => {
    const made = tick(1, madeSeries('m', 3));
    const samples = samplesOf(new BatchEncoder(500, true), withHistograms(made, 3));
    expect(samples.slice(0, 3)).toEqual(expectedSamples(made));
    const histograms = samples.slice(3);
    expect(histograms.map((sample) => sample.timestampMs)).toEqual([5000n, BigInt(scrapeMs)]);
    expect(histograms.map((sample) => sample.labels)).toEqual(
      made.samples.slice(0, 2).map(({ labels }) => sortedLabels(labels)),
    );
    expect(histograms.every((sample) => sample.histogram !== undefined)).toBe(true);
  });

  it('leaves native histograms out where they are not asked for, and custom buckets always', () => {
    const made = tick(1, madeSeries('m', 3));
    const expected = expectedSamples(made);
    expect(samplesOf(new BatchEncoder(500), withHistograms(made, 3))).toEqual(expected);
    expect(samplesOf(new BatchEncoder(500, true), withHistograms(made, -53))).toEqual(expected);
  });

  it('sends each scrape of a layout with its own values and time', () => {
    const encoder = new BatchEncoder(500);
    const kept = new TargetTemplates();
    const series = madeSeries('m', 300);
    for (let i = 0; i < 4; i++) {
      const made = tick(1, series, scrapeMs + i * 15_000);
      expect(encode(encoder, kept, made).samples).toEqual(expectedSamples(made));
    }
    expect(kept.list.map((template) => template.samples)).toEqual([300]);
  });

  const odd: [name: string, change: Partial<MadeBatch>][] = [
    ['a time before 1971', { timestampMs: 2 ** 35 - 1 }],
    ['a time after 2109', { timestampMs: 2 ** 42 }],
    ['a negative time', { timestampMs: -1 }],
    ['the first time of six bytes', { timestampMs: 2 ** 35 }],
    ['the last time of six bytes', { timestampMs: 2 ** 42 - 1 }],
    ['stale markers beside it', { stale: madeSeries('gone', 3) }],
    ['no samples', { samples: [] }],
    ['no samples but stale markers', { samples: [], stale: madeSeries('gone', 3) }],
  ];
  it.each(odd)('%s, between two ordinary scrapes', (_name, change) => {
    const encoder = new BatchEncoder(500);
    const kept = new TargetTemplates();
    const ordinary = tick(1, madeSeries('m', 20));
    for (const made of [ordinary, { ...ordinary, ...change }, ordinary]) {
      expect(encode(encoder, kept, made).samples).toEqual(expectedSamples(made));
    }
  });

  it('a target that ends repeats a layout without its samples', () => {
    const encoder = new BatchEncoder(500);
    const kept = new TargetTemplates();
    const failed = tick(0, madeSeries('up', 5));
    const ended = { ...failed, samples: [], stale: madeSeries('up', 5) };
    expect(encode(encoder, kept, failed).samples).toEqual(expectedSamples(failed));
    expect(encode(encoder, kept, ended).samples).toEqual(expectedSamples(ended));
  });

  it('splits a large target into equal parts', () => {
    const encoder = new BatchEncoder(500);
    const kept = new TargetTemplates();
    const series = madeSeries('m', 1203);
    for (let i = 0; i < 2; i++) {
      const encoded = encode(encoder, kept, tick(1, series));
      expect(encoded.parts).toEqual([401, 401, 401]);
      expect(encoded.samples).toEqual(expectedSamples(tick(1, series)));
    }
    const stale = encode(encoder, kept, { ...tick(0, []), stale: madeSeries('gone', 502) });
    expect(stale.parts).toEqual([251, 251]);
  });

  it('keeps no template of a target whose layout changes at every scrape', () => {
    const encoder = new BatchEncoder(500);
    const kept = new TargetTemplates();
    const lengths = [1, 2, 3, 3, 4, 5].map((layout, i) => {
      const made = tick(layout, madeSeries(`m${layout}`, 50), scrapeMs + i);
      expect(encode(encoder, kept, made).samples).toEqual(expectedSamples(made));
      return kept.list.length;
    });
    // The first is built on trust, the second scrape of layout 3 earns it, and it earns 4's.
    expect(lengths).toEqual([1, 0, 0, 1, 1, 0]);
  });

  it('accounts for the templates, and forgets them', () => {
    const encoder = new BatchEncoder(500);
    const former = new TargetTemplates();
    encode(encoder, former, tick(1, madeSeries('m', 400)));
    encoder.forget(former);
    const without = encoder.memoryBytes;
    const kept = new TargetTemplates();
    encode(encoder, kept, tick(1, madeSeries('m', 400)));
    expect(encoder.memoryBytes - without).toBe(kept.memoryBytes);
    expect(kept.memoryBytes).toBeGreaterThan(400 * (8 + 4));
    encode(encoder, kept, tick(2, madeSeries('n', 100)));
    encode(encoder, kept, tick(2, madeSeries('n', 100)));
    expect(encoder.memoryBytes - without).toBe(kept.memoryBytes);
    encoder.forget(kept);
    encoder.forget(kept);
    expect(encoder.memoryBytes).toBe(without);
  });

  it('reaches the timestamp before across labels longer than a copy does', () => {
    const encoder = new BatchEncoder(500);
    const kept = new TargetTemplates();
    const series = [1, 70_000, 65_400, 65_460, 65_500, 2, 3].map(
      (length, i) =>
        new Map([
          ['__name__', `m${i}`],
          ['long', 'ab'.repeat(length / 2 + 1)],
        ]),
    );
    for (let i = 0; i < 3; i++) {
      const made = tick(1, series, scrapeMs + i * 1000);
      expect(encode(encoder, kept, made).samples).toEqual(expectedSamples(made));
    }
  });

  it('labels that look like a sample confuse nothing', () => {
    const encoder = new BatchEncoder(500);
    const kept = new TargetTemplates();
    const text = new TextDecoder();
    // The bytes around a value and a timestamp, and the timestamp itself, as label values.
    const tail = Uint8Array.of(0x12, 0x10, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x10);
    const series = Array.from(
      { length: 40 },
      (_, i) =>
        new Map([
          ['__name__', 'm'],
          ['a', text.decode(tail).repeat(1 + (i % 3))],
          ['b', '\u0010\u0001\u0002\u0003\u0004\u0005\u0006'],
          ['c', `${i % 7}`],
        ]),
    );
    // Each byte of this time is below 0x80 but for the varint's own high bits.
    for (const timestampMs of [2 ** 35, 2 ** 41, scrapeMs, 2 ** 35]) {
      const made = tick(1, series, timestampMs);
      expect(encode(encoder, kept, made).samples).toEqual(expectedSamples(made));
    }
  });

  it('26 bytes a sample are within reach', () => {
    const encoder = new BatchEncoder(500);
    const series = Array.from({ length: 480 }, (_, i) => {
      const mode = ['idle', 'iowait', 'irq', 'nice', 'softirq', 'steal', 'system', 'user'][i % 8]!;
      return new Map([
        ['__name__', 'node_cpu_seconds_total'],
        ['cpu', `${Math.floor(i / 8)}`],
        ['instance', '127.0.0.1:9100'],
        ['job', 'node'],
        ['mode', mode],
      ]);
    });
    const encoded = encode(encoder, new TargetTemplates(), tick(1, series));
    expect(encoded.bytes / 480).toBeLessThan(27);
  });

  const value = fc.oneof(
    fc.double(),
    fc.constantFrom(Number.NaN, 0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  );
  const labelText = fc.oneof(
    fc.constantFrom('a', 'job', 'instance', 'node_cpu_seconds_total', '\u0012\u0010\t'),
    fc.string({ minLength: 1, unit: 'grapheme', maxLength: 30 }),
  );
  const series: fc.Arbitrary<Labels> = fc
    .dictionary(labelText, labelText, { minKeys: 1, maxKeys: 5 })
    .map((labels) => new Map(Object.entries(labels)));
  const layouts = fc.array(fc.array(series, { maxLength: 30 }), { minLength: 1, maxLength: 4 });
  const step = fc.record({
    layout: fc.nat(),
    values: fc.array(value, { minLength: 30, maxLength: 30 }),
    timestampMs: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: scrapeMs, max: scrapeMs + 1e9 }) },
      fc.integer({ min: -(2 ** 43), max: 2 ** 43 }),
    ),
    own: fc.option(fc.array(fc.option(fc.maxSafeInteger()), { minLength: 30, maxLength: 30 }), {
      freq: 4,
    }),
    stale: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(series, { maxLength: 12 })),
  });

  it('any sequence of batches reads back bit for bit', () => {
    fc.assert(
      fc.property(
        layouts,
        fc.array(step, { maxLength: 12 }),
        fc.integer({ min: 1, max: 12 }),
        (lists, steps, samplesPerPart) => {
          const encoder = new BatchEncoder(samplesPerPart);
          const kept = new TargetTemplates();
          for (const { layout, values, timestampMs, own, stale } of steps) {
            const number = layout % lists.length;
            const samples = lists[number]!.map((labels, i) => ({
              labels,
              value: values[i]!,
              ...(own?.[i] != null && { ownTimestampMs: own[i] }),
            }));
            const made = { targetId: 't', timestampMs, layout: number, samples, stale };
            const encoded = encode(encoder, kept, made);
            expect(encoded.samples).toEqual(expectedSamples(made));
            expect(Math.max(0, ...encoded.parts)).toBeLessThanOrEqual(samplesPerPart);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
