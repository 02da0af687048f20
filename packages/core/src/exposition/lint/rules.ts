import { boundLabel, type Family } from './family.js';
import { unitAbbreviations, unitInName } from './units.js';

/**
 * A rule of promlint (client_golang prometheus/testutil/promlint/validations), with its words. It
 * yields a text once for each time promlint does.
 */
type Rule = (family: Family) => Iterable<string>;

/** Every rule, in promlint's order. */
export const rules: readonly Rule[] = [
  help,
  baseUnit,
  counterSuffix,
  gaugeSuffix,
  reservedSuffixes,
  reservedLabels,
  typeInName,
  colons,
  camelCase,
  abbreviatedUnits,
  repeatedMetrics,
];

function* help(family: Family): Iterable<string> {
  if (family.help === undefined) yield 'no help text';
}

function* baseUnit({ name }: Family): Iterable<string> {
  const found = unitInName(name);
  if (found === undefined || found.unit === found.base) return;
  yield `use base unit "${found.base}" instead of "${found.unit}"`;
}

function* counterSuffix({ name, type }: Family): Iterable<string> {
  const isTotal = name.endsWith('_total');
  if (type === 'counter' && !isTotal) yield 'counter metrics should have "_total" suffix';
  if (type !== 'counter' && type !== 'unknown' && isTotal) {
    yield 'non-counter metrics should not have "_total" suffix';
  }
}

function* gaugeSuffix({ name, type }: Family): Iterable<string> {
  if (type !== 'gauge' && type !== 'unknown' && name.endsWith('_timestamp_seconds')) {
    yield 'non-gauge metrics should not have "_timestamp_seconds" suffix';
  }
}

function* reservedSuffixes({ name, type }: Family): Iterable<string> {
  if (type === 'unknown' || type === 'histogram') return;
  if (name.endsWith('_bucket')) yield 'non-histogram metrics should not have "_bucket" suffix';
  if (type === 'summary') return;
  for (const suffix of ['_count', '_sum']) {
    if (name.endsWith(suffix)) {
      yield `non-histogram and non-summary metrics should not have "${suffix}" suffix`;
    }
  }
}

function* reservedLabels({ type, labelNames }: Family): Iterable<string> {
  if (type === 'unknown') return;
  for (const owner of ['histogram', 'summary'] as const) {
    const label = boundLabel(owner)!;
    if (type === owner) continue;
    const text = `non-${owner} metrics should not have "${label}" label`;
    yield* repeated(text, labelNames.get(label) ?? 0);
  }
}

function* typeInName({ name, type }: Family): Iterable<string> {
  if (type !== 'unknown' && hasWord(name, type!)) {
    yield `metric name should not include type '${type}'`;
  }
}

function* colons({ name }: Family): Iterable<string> {
  if (name.includes(':')) yield "metric names should not contain ':'";
}

function* camelCase({ name, labelNames }: Family): Iterable<string> {
  const hump = /[a-z][A-Z]/;
  if (hump.test(name)) yield "metric names should be written in 'snake_case' not 'camelCase'";
  for (const [label, count] of labelNames) {
    if (!hump.test(label)) continue;
    yield* repeated("label names should be written in 'snake_case' not 'camelCase'", count);
  }
}

function* abbreviatedUnits({ name }: Family): Iterable<string> {
  for (const unit of unitAbbreviations) {
    if (hasWord(name, unit)) yield 'metric names should not contain abbreviated units';
  }
}

function* repeatedMetrics({ repeatedCount }: Family): Iterable<string> {
  yield* repeated('metric not unique', repeatedCount);
}

/** True where `word` stands between underscores, or after the last one. */
function hasWord(name: string, word: string): boolean {
  const lower = name.toLowerCase();
  return lower.includes(`_${word}_`) || lower.endsWith(`_${word}`);
}

function* repeated(text: string, times: number): Iterable<string> {
  for (let i = 0; i < times; i++) yield text;
}
