import fc from 'fast-check';
import { uncompress } from 'snappyjs';
import { describe, expect, it } from 'vitest';
import type { Metadata } from '../../../model/metadata.js';
import {
  expectedSamples,
  type MadeBatch,
  madeSeries,
  refOf,
  toBatch,
} from '../../made-batch.contract.js';
import { WriteBatch } from '../../queue/lanes/write-batch.js';
import type { ScrapeBatch } from '../../scrape-batch.js';
import type { Fragment, RequestSymbols } from '../fragment.js';
import { RequestParts } from '../request-parts.js';
import { type DecodedSeries, decodeVersion1, decodeVersion2 } from '../write-messages.contract.js';
import { KeptSeries, SeriesEncoding } from './series-encoding.js';
import { toVersion1 } from './to-version-1.js';

const startMs = 1_790_000_000_000;
const place = { lane: 0, sequence: 0, generation: 0, startedMs: 0 };

/** Requests as the queue makes them: one per table of symbols, in the order they leave. */
class Requests {
  readonly closed: WriteBatch[] = [];
  readonly #open = new Map<RequestSymbols, WriteBatch>();
  fragments: Fragment[] = [];

  readonly sink = {
    emit: (fragment: Fragment): void => {
      this.fragments.push({ ...fragment, bytes: fragment.bytes.slice() });
      const symbols = fragment.symbols!;
      const open = this.#open.get(symbols) ?? new WriteBatch(place, undefined, symbols);
      this.#open.set(symbols, open);
      open.append(fragment);
    },
    seal: (symbols: RequestSymbols): void => {
      const open = this.#open.get(symbols);
      if (open !== undefined) this.closed.push(open);
      this.#open.delete(symbols);
    },
  };

  bodies(): Uint8Array[] {
    return [...this.closed, ...this.#open.values()].map((batch) => batch.body().slice());
  }

  series(): DecodedSeries[] {
    return this.bodies().flatMap((body) => decodeVersion2(uncompress(body)).series);
  }
}

function start(options: { samplesPerPart?: number; sendExemplars?: boolean } = {}) {
  const encoding = new SeriesEncoding({
    samplesPerPart: 100,
    sendExemplars: false,
    sendNativeHistograms: true,
    sendMetadata: true,
    ...options,
  });
  const requests = new Requests();
  const kept = new Map<string, KeptSeries>();
  const take = (made: MadeBatch, more: Partial<ScrapeBatch> = {}) => {
    const target = kept.get(made.targetId) ?? new KeptSeries();
    kept.set(made.targetId, target);
    encoding.encode({ ...toBatch(made), ...more }, target, requests.sink);
  };
  return { encoding, requests, take, kept };
}

function samplesOf(series: readonly DecodedSeries[]) {
  return series.flatMap(({ labels, samples }) => samples.map((sample) => ({ labels, ...sample })));
}

const families = (version: number, all: Record<string, Metadata>) => ({
  version,
  read: () => new Map(Object.entries(all)),
});

describe('requests of 2.0', () => {
  const value = fc.oneof(
    fc.double(),
    fc.constantFrom(0, 1, 2, 31, 32, 255, 2 ** 21, -0, Infinity, Number.NaN, 0.5, 1e300),
    fc.integer({ min: 0, max: 1000 }),
  );
  const scrape = fc.record({
    layout: fc.integer({ min: 1, max: 2 }),
    values: fc.array(value, { minLength: 12, maxLength: 12 }),
    stale: fc.integer({ min: 0, max: 2 }),
    ownTimes: fc.integer({ min: 0, max: 8 }),
  });

  it('hold every sample of every scrape, in order', () => {
    fc.assert(
      fc.property(
        fc.array(scrape, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 20 }),
        (scrapes, samplesPerPart) => {
          const { requests, take } = start({ samplesPerPart });
          const wanted = scrapes.map(({ layout, values, stale, ownTimes }, i) => {
            const series = madeSeries(`metric_${layout}`, 12);
            const made: MadeBatch = {
              targetId: 't',
              timestampMs: startMs + i * 1000,
              layout,
              samples: series.map((labels, at) => ({
                labels,
                value: values[at]!,
                ...(ownTimes === 0 && at === 3 ? { ownTimestampMs: startMs + i } : {}),
              })),
              stale: madeSeries('gone', stale),
            };
            take(made);
            return expectedSamples(made);
          });
          expect(samplesOf(requests.series())).toEqual(wanted.flat());
        },
      ),
    );
  });

  it('hold every sample where values rest for long and change at last', () => {
    const change = fc.record({ at: fc.integer({ min: 0, max: 39 }), value });
    const changes = fc.array(fc.array(change, { maxLength: 2 }), { minLength: 9, maxLength: 80 });
    fc.assert(
      fc.property(changes, fc.array(value, { minLength: 4, maxLength: 4 }), (scrapes, first) => {
        const { requests, take } = start({ samplesPerPart: 40 });
        const series = madeSeries('metric', 40);
        const values = series.map((_, i) => first[i % 4]!);
        const wanted = scrapes.map((changed, tick) => {
          for (const one of changed) values[one.at] = one.value;
          const samples = series.map((labels, i) => ({ labels, value: values[i]! }));
          const timestampMs = startMs + tick * 15_000;
          const made = { targetId: 't', timestampMs, layout: 1, samples };
          take(made);
          return expectedSamples(made);
        });
        expect(samplesOf(requests.series())).toEqual(wanted.flat());
      }),
      { numRuns: 50 },
    );
  });

  it('hold every sample where series come and go among others that stay', () => {
    const step = fc.record({
      at: fc.integer({ min: 0, max: 60 }),
      goes: fc.integer({ min: 0, max: 12 }),
      comes: fc.integer({ min: 0, max: 12 }),
      lasts: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 12 }), (steps) => {
        const { requests, take } = start({ samplesPerPart: 20 });
        const pool = madeSeries('metric', 300);
        const shown = pool.splice(0, 60);
        let tick = 0;
        const wanted = steps.flatMap(({ at, goes, comes, lasts }, layout) => {
          pool.push(...shown.splice(at, goes, ...pool.splice(0, comes)));
          return Array.from({ length: lasts }, () => {
            tick++;
            const samples = shown.map((labels, i) => ({ labels, value: i % 3 === 0 ? tick : i }));
            const timestampMs = startMs + tick * 1000;
            const made = { targetId: 't', timestampMs, layout: layout + 1, samples };
            take(made);
            return expectedSamples(made);
          });
        });
        expect(samplesOf(requests.series())).toEqual(wanted.flat());
      }),
      { numRuns: 60 },
    );
  });

  it('say when series began, beside the samples and in each', () => {
    const { requests, take } = start();
    const series = madeSeries('m', 4);
    const samples = series.map((labels, i) => ({ labels, value: i }));
    const createdMs = Float64Array.of(1e12, 1e12, Number.NaN, 0, 7, 7, 7);
    for (let tick = 0; tick < 3; tick++) {
      // The process began anew.
      if (tick === 2) createdMs[1] = 2e12;
      const made = {
        targetId: 't',
        timestampMs: startMs + tick,
        layout: tick < 2 ? 1 : 2,
        samples,
      };
      take(made, { createdMs: createdMs.slice() });
    }
    const told = requests.series().map((one) => [one.createdMs, one.startsMs?.[0]]);
    const none = [undefined, undefined];
    const first = [10n ** 12n, 10n ** 12n];
    expect(told).toEqual([
      ...[first, first, none, none],
      ...[first, first, none, none],
      ...[first, [2n * 10n ** 12n, 2n * 10n ** 12n], none, none],
    ]);
  });

  it('have one table for targets that are like each other', () => {
    const { requests, take } = start({ samplesPerPart: 1000 });
    const wanted: unknown[] = [];
    for (let tick = 0; tick < 3; tick++) {
      for (let target = 0; target < 10; target++) {
        const samples = Array.from({ length: 200 }, (_, i) => ({
          labels: new Map([
            ['__name__', `some_metric_of_${i}_things`],
            ['instance', `10.0.0.${target}:9100`],
          ]),
          value: i * tick,
        }));
        const made = { targetId: `t${target}`, timestampMs: startMs + tick, layout: 1, samples };
        take(made);
        wanted.push(...expectedSamples(made));
      }
    }
    const bodies = requests.bodies();
    // One with help texts at first, then one.
    expect(bodies).toHaveLength(2);
    const got = samplesOf(requests.series());
    const order = (a: unknown, b: unknown) => (text(a) < text(b) ? -1 : 1);
    expect(got.sort(order)).toEqual(wanted.sort(order));
  });

  it('say type and unit always, help now and then', () => {
    const { requests, take } = start();
    const labels = new Map([['__name__', 'a_bytes_total']]);
    const at = (timestampMs: number): MadeBatch => ({
      targetId: 't',
      timestampMs,
      layout: 1,
      samples: [{ labels, value: 1 }],
    });
    const known = families(1, { a_bytes_total: { type: 'counter', help: 'Hélp.', unit: 'bytes' } });
    for (const minute of [0, 1, 9, 10, 11])
      take(at(startMs + minute * 60_000), { families: known });
    const series = requests.series().sort((a, b) => (time(a) < time(b) ? -1 : 1));
    expect(series.map(({ metadata }) => metadata)).toEqual([
      { type: 1, help: 'Hélp.', unit: 'bytes' },
      { type: 1, help: '', unit: 'bytes' },
      { type: 1, help: '', unit: 'bytes' },
      { type: 1, help: 'Hélp.', unit: 'bytes' },
      { type: 1, help: '', unit: 'bytes' },
    ]);
    take(at(startMs + 12 * 60_000), { families: families(2, {}) });
    expect(requests.series().map(({ metadata }) => metadata)).toContain(undefined);
  });

  it('carry exemplars beside their sample', () => {
    const { requests, take } = start({ sendExemplars: true });
    const series = madeSeries('m', 3);
    const samples = series.map((labels, i) => ({ labels, value: i }));
    const exemplars = {
      count: 2,
      refs: Int32Array.of(refOf(series[1]!), refOf(series[1]!)),
      labels: [[['trace_id', 'ä']], []] as const,
      values: Float64Array.of(0.5, 7),
      timestampsMs: Float64Array.of(startMs - 5, Number.NaN),
    };
    const made = { targetId: 't', timestampMs: startMs, layout: 1, samples };
    take(made, { exemplars });
    const got = requests.series();
    expect(samplesOf(got)).toEqual(expectedSamples(made));
    expect(got.map((one) => one.exemplars)).toEqual([
      [],
      [
        { labels: [['trace_id', 'ä']], value: 0.5, timestampMs: BigInt(startMs - 5) },
        { labels: [], value: 7, timestampMs: BigInt(startMs) },
      ],
      [],
    ]);
  });

  it('can be told as 1.0', () => {
    const { requests, take } = start();
    for (let tick = 0; tick < 3; tick++) {
      const samples = madeSeries('m', 5).map((labels, i) => ({ labels, value: i + tick }));
      take({ targetId: 't', timestampMs: startMs + tick, layout: 1, samples });
    }
    for (const body of requests.bodies()) {
      const told = decodeVersion1(uncompress(toVersion1(body).body));
      expect(samplesOf(told.series)).toEqual(samplesOf(decodeVersion2(uncompress(body)).series));
    }
  });

  it('can be taken apart', () => {
    const { requests, take } = start();
    const samples = madeSeries('m', 5).map((labels, i) => ({ labels, value: i }));
    take({ targetId: 't', timestampMs: startMs, layout: 1, samples });
    const [body] = requests.bodies();
    const parts = new RequestParts(body!, 2);
    const some = decodeVersion2(
      uncompress(
        parts.body([
          [0, 1],
          [3, 5],
        ]),
      ),
    ).series;
    const all = decodeVersion2(uncompress(body!)).series;
    expect(some).toEqual([all[0], all[3], all[4]]);
  });

  it('take less than two thirds of 1.0', () => {
    const { requests, take } = start({ samplesPerPart: 500 });
    const samples = (tick: number) =>
      Array.from({ length: 500 }, (_, i) => ({
        labels: new Map([
          ['__name__', `node_subsystem_some_thing_${i % 250}_total`],
          ['device', `eth${i >> 8}`],
          ['instance', '127.0.0.1:9100'],
          ['job', 'node'],
        ]),
        value: i % 2 === 0 ? i * tick : Math.PI * (i + tick),
      }));
    for (let tick = 0; tick < 4; tick++) {
      take({ targetId: 't', timestampMs: startMs + tick, layout: 1, samples: samples(tick) });
    }
    expect(requests.fragments.at(-1)!.bytes.length / 500).toBeLessThan(15);
  });
});

function text(value: unknown): string {
  return JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? String(one) : one));
}

function time({ samples }: DecodedSeries): bigint {
  return samples[0]!.timestampMs;
}
