import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LiveSeries } from './live-series.js';

const refs: fc.Arbitrary<number[]> = fc.oneof(
  fc.constantFrom<number[]>([], [0, 1, 2], [0, 1, 2, 3], [2, 1, 0]),
  fc.uniqueArray(fc.nat(20), { maxLength: 8 }),
);
const scrape = fc.record({
  target: fc.nat(2),
  refs,
  histograms: fc.oneof({ weight: 3, arbitrary: fc.constant<number[]>([]) }, refs),
  // Which samples have a time of their own.
  timed: fc.option(fc.infiniteStream(fc.boolean()), { nil: undefined }),
  isFailed: fc.boolean(),
});

const timesOf = (count: number, timed: Iterator<boolean> | undefined): Float64Array | undefined =>
  timed && Float64Array.from({ length: count }, () => (timed.next().value ? 1000 : NaN));

test('targets that are alike do not end up in each other, whatever their scrapes had', () => {
  fc.assert(
    fc.property(fc.array(scrape, { maxLength: 40 }), (scrapes) => {
      const targets = [0, 1, 2].map(() => ({ live: new LiveSeries(), expected: [] as number[] }));
      for (const { target, refs: plain, histograms, timed, isFailed } of scrapes) {
        const one = targets[target]!;
        if (isFailed) {
          one.live.clear();
          one.expected = [];
        } else {
          const times = timesOf(plain.length, timed);
          one.live.replace(Int32Array.from(plain), plain.length, times);
          one.expected = plain.filter((_, i) => times === undefined || Number.isNaN(times[i]!));
          if (histograms.length > 0) {
            one.live.addHistograms(Int32Array.from(histograms), histograms.length, undefined);
            one.expected = [...one.expected, ...histograms];
          }
        }
        expect(targets.map(({ live }) => [...live.refs])).toEqual(
          targets.map(({ expected }) => expected),
        );
      }
    }),
    { numRuns: 500 },
  );
});
