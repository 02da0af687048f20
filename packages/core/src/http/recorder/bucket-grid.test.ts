import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exponentialIndex } from '../../model/exponential-buckets.js';
import { filledBuckets } from '../../model/filled-buckets.js';
import { BucketGrid, observed } from './bucket-grid.js';
import { CellRows } from './cell-rows.js';
import { HistogramCells } from './histogram-cells.js';

const classic = [0.005, 0.01, 0.5, 1, 2.5, 10];
const range = { schema: 3, lowestExponent: -20, highestExponent: 17 };
const seconds = fc.double({ min: 2 ** -20, max: 2 ** 17, noNaN: true });

describe('BucketGrid', () => {
  it.each([
    ['with', range],
    ['without', undefined],
  ] as const)(
    '%s exponential buckets finds the first bound that is not below',
    (_, exponential) => {
      const grid = new BucketGrid(classic, exponential);
      const check = (value: number): void => {
        observed[0] = value;
        const cell = grid.cellOfObserved();
        const expected = grid.bounds.findIndex((bound) => bound >= value);
        expect(cell).toBe(expected < 0 ? grid.bounds.length : expected);
      };
      for (const bound of grid.bounds) {
        check(bound);
        check(bound * (1 + 2 ** -50));
        check(bound * (1 - 2 ** -50));
      }
      for (const value of [0, Number.MIN_VALUE, 1e-9, 1e300, Infinity]) check(value);
      fc.assert(fc.property(fc.double({ min: 0, noNaN: true }), check));
    },
  );

  it('serves both forms of a histogram from the same counts', () => {
    fc.assert(
      fc.property(fc.array(seconds, { maxLength: 200 }), (values) => {
        const grid = new BucketGrid(classic, range);
        const cells = new HistogramCells(grid, new CellRows());
        for (const value of values) {
          observed[0] = value;
          cells.add(3);
        }
        const cumulated = new Float64Array(classic.length + 1);
        cells.cumulate(3, cumulated);
        const within = classic.map((le) => values.filter((value) => value <= le).length);
        expect([...cumulated]).toEqual([...within, values.length]);
        const native = cells.nativeOf(3);
        const expected = new Map<number, number>();
        for (const value of values) {
          const index = exponentialIndex(value, range.schema);
          if (index > -160) expected.set(index, (expected.get(index) ?? 0) + 1);
        }
        const found = filledBuckets(native?.positiveSpans ?? [], native?.positiveCounts ?? []);
        expect(new Map(found)).toEqual(new Map([...expected].sort(([a], [b]) => a - b)));
      }),
    );
  });
});
