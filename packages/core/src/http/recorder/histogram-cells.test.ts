import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BucketGrid, observed } from './bucket-grid.js';
import { CellRows } from './cell-rows.js';
import { HistogramCells } from './histogram-cells.js';

const mostSeries = 200;
const bounds = [[1, 2], [5], [3, 4, 8]];

const step = fc.record({
  what: fc.oneof(
    { weight: 20, arbitrary: fc.constant('add' as const) },
    { weight: 3, arbitrary: fc.constant('remove' as const) },
    { weight: 1, arbitrary: fc.constant('reset' as const) },
  ),
  histogram: fc.nat(bounds.length - 1),
  series: fc.nat(mostSeries),
  value: fc.nat(9),
});

/** What the histograms should hold: the values of each series. */
type Known = Map<number, number[]>;

function check(histogram: HistogramCells, known: Known): void {
  for (let series = 0; series <= mostSeries; series++) {
    const values = known.get(series);
    expect(histogram.countOf(series)).toBe(values?.length ?? 0);
    const sum = values?.reduce((total, value) => total + value, 0);
    expect(histogram.sumOf(series)).toBe(sum ?? Number.NaN);
    expect(histogram.read(series)?.sum).toBe(sum);
  }
}

it('histograms that share rows count each for itself, also where series go and others take their rows', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const rows = new CellRows();
      const histograms = bounds.map((of) => new HistogramCells(new BucketGrid(of), rows));
      const known = histograms.map((): Known => new Map());
      for (const { what, histogram, series, value } of steps) {
        if (what === 'reset') {
          rows.reset();
          for (const one of known) one.clear();
        } else if (what === 'remove') {
          rows.remove(series);
          for (const one of known) one.delete(series);
        } else {
          observed[0] = value;
          histograms[histogram]!.add(series);
          const one = known[histogram]!;
          one.set(series, [...(one.get(series) ?? []), value]);
        }
      }
      for (const [i, histogram] of histograms.entries()) check(histogram, known[i]!);
    }),
    { numRuns: 60 },
  );
});
