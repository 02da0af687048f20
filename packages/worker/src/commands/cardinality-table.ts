import type { FamilyCardinality } from '@prom-agent/core/exposition';

const gap = 4;

/** The lines of the table that `promtool check metrics --extended` prints, blank for blank. */
export function cardinalityTable(families: readonly FamilyCardinality[]): string[] {
  const total = families.reduce((sum, { seriesCount }) => sum + seriesCount, 0);
  const rows = [
    ['Metric', 'Cardinality', 'Percentage'],
    ...families.map(({ metric, seriesCount }) => [
      metric,
      String(seriesCount),
      `${twoDecimals((seriesCount / total) * 100)}%`,
    ]),
    ['Total', String(total), '100%'],
  ];
  const widths = [0, 1, 2].map(
    (column) => rows.reduce((width, row) => Math.max(width, lengthOf(row[column]!)), 0) + gap,
  );
  return rows.map((row) =>
    row.map((cell, column) => cell + ' '.repeat(widths[column]! - lengthOf(cell))).join(''),
  );
}

/** In code points, as Go's tabwriter counts. */
function lengthOf(text: string): number {
  return [...text].length;
}

/** As Go's %.2f: half goes to the even digit, where toFixed takes the larger. */
function twoDecimals(percentage: number): string {
  // Binary fractions lie half way between two hundredths only at odd eighths.
  const isHalfWay = (percentage * 8) % 2 === 1;
  const hundredths = Math.floor(percentage * 100);
  return isHalfWay && hundredths % 2 === 0 ? (hundredths / 100).toFixed(2) : percentage.toFixed(2);
}
