import { expect, it } from 'vitest';
import { cardinalityTable } from './cardinality-table.js';

it('of nothing is a head and a sum', () => {
  expect(cardinalityTable([])).toEqual([
    'Metric    Cardinality    Percentage    ',
    'Total     0              100%          ',
  ]);
});

it('is as wide as the longest name, in characters', () => {
  const rows = [
    { metric: 'requêtes_total', seriesCount: 2 },
    { metric: '🚀', seriesCount: 1 },
  ];
  expect(cardinalityTable(rows)).toEqual([
    'Metric            Cardinality    Percentage    ',
    'requêtes_total    2              66.67%        ',
    '🚀                 1              33.33%        ',
    'Total             3              100%          ',
  ]);
});

it.each([
  [1, 800, '0.12%'],
  [3, 800, '0.38%'],
  [1, 3, '33.33%'],
  [1, 16, '6.25%'],
])('%d of %d is %s: half a hundredth goes to the even one', (part, whole, percentage) => {
  const rows = [part, whole - part].map((seriesCount) => ({ metric: 'a', seriesCount }));
  expect(cardinalityTable(rows)[1]).toContain(` ${percentage} `);
});
