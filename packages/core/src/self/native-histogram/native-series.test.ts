import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nativeBuckets } from '../../exposition/native-buckets.js';
import { exponentialBound } from '../../model/exponential-buckets.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { type NativeHistogramOptions, seriesSettings } from './native-histogram-options.js';
import { NativeSeries } from './native-series.js';

function seriesOf(options: Partial<NativeHistogramOptions> = {}): NativeSeries {
  return new NativeSeries({}, seriesSettings({ name: 'n', help: 'h', minResetMs: 0, ...options }));
}

/** Upper bound of each filled bucket → its count, the zero bucket under 0. */
function read(series: NativeSeries): Map<number, number> {
  const native = series.readNative();
  const { count, sum } = series;
  const rest = { count, sum, customValues: [], isFloat: false, isGauge: false };
  return new Map(
    nativeBuckets({ ...native, ...rest }).map(({ boundaries, lower, upper, count: own }) => [
      boundaries === 3 ? 0 : boundaries === 1 ? lower : upper,
      own,
    ]),
  );
}

interface Limits {
  readonly maxBuckets: number;
  readonly maxZeroThreshold: number;
}

/** The upper bound of a magnitude's bucket, by looking through all of them. */
function boundOf(magnitude: number, schema: number): number {
  let low = -1100 * 256;
  let high = 1100 * 256;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (exponentialBound(middle, schema) < magnitude) low = middle + 1;
    else high = middle;
  }
  return exponentialBound(low, schema);
}

/**
 * What a series must hold, found the slow way: after each observation all that came are sorted into
 * buckets again, wider ones where there are too many.
 */
class Model {
  schema: number;
  zeroThreshold: number;
  readonly #limits: Limits;
  readonly #values: number[] = [];

  constructor(schema: number, zeroThreshold: number, limits: Limits) {
    this.schema = schema;
    this.zeroThreshold = zeroThreshold;
    this.#limits = limits;
  }

  observe(value: number): void {
    this.#values.push(value);
    while (this.#filled().length > this.#limits.maxBuckets) {
      const nearest = Math.min(...this.#filled().map(Math.abs));
      if (nearest <= this.#limits.maxZeroThreshold) this.zeroThreshold = nearest;
      else if (this.schema > -4) this.schema--;
      else return;
    }
  }

  buckets(): Map<number, number> {
    const counts = new Map<number, number>();
    for (const value of this.#values) {
      const bound = this.#boundOf(value);
      counts.set(bound, (counts.get(bound) ?? 0) + 1);
    }
    return counts;
  }

  #filled(): number[] {
    return [...this.buckets().keys()].filter((bound) => bound !== 0);
  }

  #boundOf(value: number): number {
    const magnitude = Math.abs(value);
    if (magnitude <= this.zeroThreshold) return 0;
    return Math.sign(value) * boundOf(magnitude, this.schema);
  }
}

describe('NativeSeries', { timeout: 60_000 }, () => {
  it('holds what a slow model holds, whatever comes', () => {
    // Of numbers below the normal ones the model has rounded bounds, and so another bucket.
    const isNormal = (value: number): boolean => value === 0 || Math.abs(value) >= 2 ** -1022;
    const values = fc.oneof(
      fc.double({ min: 0.001, max: 10, noNaN: true }),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }).filter(isNormal),
      fc.constantFrom(0, -0, 1, 0.5, 2, -1, Number.MAX_VALUE, 5e-324),
    );
    const options = fc.record({
      bucketFactor: fc.constantFrom(1.01, 1.1, 1.5, 2, 10, 65_536),
      zeroThreshold: fc.constantFrom(0, 2 ** -128, 0.01, 1),
      maxZeroThreshold: fc.constantFrom(0, 0.02, 3),
      maxBuckets: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(values, { maxLength: 60 }), options, (observed, limits) => {
        const series = seriesOf(limits);
        const { schema } = series.readNative();
        const model = new Model(schema, limits.zeroThreshold, limits);
        for (const value of observed) {
          series.observe(value);
          model.observe(value);
        }
        const { schema: endSchema, zeroThreshold } = series.readNative();
        expect({ schema: endSchema, zeroThreshold }).toEqual({
          schema: model.schema,
          zeroThreshold: model.zeroThreshold,
        });
        const byBound = ([a]: [number, number], [b]: [number, number]) => a - b;
        expect([...read(series)].sort(byBound)).toEqual([...model.buckets()].sort(byBound));
        expect(series.count).toBe(observed.length);
        expect(series.sum).toBe(observed.reduce((sum, value) => sum + value, 0));
      }),
    );
  });

  it('keeps ±Inf in buckets of their own', () => {
    const series = seriesOf({ bucketFactor: 2 });
    for (const value of [Infinity, Number.MAX_VALUE, -Infinity]) series.observe(value);
    const { positiveSpans, negativeSpans } = series.readNative();
    expect(positiveSpans).toEqual([{ offset: 1024, length: 2 }]);
    expect(negativeSpans).toEqual([{ offset: 1025, length: 1 }]);
  });

  it('counts NaN, which belongs in no bucket', () => {
    const series = seriesOf({ buckets: [1] });
    series.observe(Number.NaN);
    const classic = new Float64Array(2);
    series.readClassic(classic);
    expect([series.count, series.sum, [...classic]]).toEqual([1, Number.NaN, [0, 1]]);
    expect(read(series).size).toBe(0);
  });

  it('has classic buckets beside the native ones, cumulated', () => {
    const series = seriesOf({ buckets: [0.1, 1, 10] });
    for (const value of [0.1, 0.5, 1, 11]) series.observe(value);
    const classic = new Float64Array(4);
    series.readClassic(classic);
    expect([...classic]).toEqual([1, 3, 3, 4]);
  });

  describe('with a time to the next reset', () => {
    function setUp() {
      const clock = new ManualClock();
      const series = seriesOf({ clock, bucketFactor: 1.1, maxBuckets: 2, minResetMs: 1000 });
      return { clock, series };
    }

    it('merges buckets before that time', () => {
      const { series } = setUp();
      for (const value of [1, 2, 4]) series.observe(value);
      expect(series.count).toBe(3);
      expect(series.readNative().schema).toBeLessThan(3);
    });

    it('begins anew with the observation that would be too much after it', async () => {
      const { series, clock } = setUp();
      const before = series.createdMs;
      for (const value of [1, 2]) series.observe(value);
      await clock.advance(1000);
      series.observe(4);
      expect([series.count, series.sum, series.readNative().schema]).toEqual([1, 4, 3]);
      expect(series.createdMs).toBe(before + 1000);
    });

    it('is fine again after a read, once that time is over', async () => {
      const { series, clock } = setUp();
      for (const value of [1, 2, 4]) series.observe(value);
      series.resetIfDue();
      expect(series.count).toBe(3);
      await clock.advance(1000);
      series.resetIfDue();
      expect([series.count, series.readNative().schema]).toEqual([0, 3]);
    });

    it('is left alone while it is as fine as at first', async () => {
      const { series, clock } = setUp();
      series.observe(1);
      await clock.advance(5000);
      series.resetIfDue();
      expect(series.count).toBe(1);
    });
  });
});
