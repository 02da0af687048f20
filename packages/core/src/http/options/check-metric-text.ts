import { inspect } from 'node:util';
import { PromAgentError } from '../../errors.js';
import type { HistogramText, MetricText, SummaryText } from './recorder-options.js';

/** The option that what is checked stands in: requests that come, or those that go out. */
export type Section = 'http' | 'client';

export function checkedText(
  section: Section,
  field: string,
  prefix: string,
  { name, help }: MetricText,
): MetricText {
  const full = `${prefix}${name}`;
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(full)) {
    // The duration's name has a shorter name too.
    const option = field === 'duration' ? `${section}.name` : `${section}.${field}.name`;
    throw invalid(option, full, 'a metric name such as http_request_duration_seconds');
  }
  return { name: full, help };
}

export function checkedHistogram(
  section: Section,
  field: string,
  prefix: string,
  text: HistogramText,
): HistogramText {
  const { buckets } = text;
  if (buckets.length === 0 || !isRising(buckets) || !buckets.every(Number.isFinite)) {
    const option = field === 'duration' ? `${section}.buckets` : `${section}.${field}.buckets`;
    throw invalid(option, buckets.join(', '), 'finite numbers in ascending order');
  }
  return { ...checkedText(section, field, prefix, text), buckets: [...buckets] };
}

export function checkedSummary(section: Section, prefix: string, text: SummaryText): SummaryText {
  const { percentiles } = text;
  if (!isRising(percentiles) || !percentiles.every((q) => q >= 0 && q <= 1)) {
    const option = `${section}.summary.percentiles`;
    throw invalid(option, percentiles.join(', '), 'rising numbers from 0 to 1');
  }
  return { ...checkedText(section, 'summary', prefix, text), percentiles: [...percentiles] };
}

export function checkDistinct(
  section: Section,
  metrics: readonly (MetricText | undefined)[],
): void {
  const names = metrics.flatMap((metric) => metric?.name ?? []);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw invalid(section, twice, 'another name for each metric');
}

export function checkLabelNames(section: Section, names: readonly string[]): void {
  for (const name of names) {
    if (!/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || name === 'le' || name === 'quantile') {
      const expected = 'label names without __ in front, other than le';
      throw invalid(`${section}.labelNames`, name, expected);
    }
  }
  if (new Set(names).size < names.length) {
    throw invalid(`${section}.labelNames`, names.join(', '), 'different names');
  }
}

export function checkLimits(section: Section, maxSeries: number, seriesTtlMs: number): void {
  if (!Number.isSafeInteger(maxSeries) || maxSeries < 1) {
    throw invalid(`${section}.maxSeries`, maxSeries, 'a whole number from 1');
  }
  if (!(seriesTtlMs >= 0 && Number.isFinite(seriesTtlMs))) {
    throw invalid(`${section}.seriesTtlMs`, seriesTtlMs, 'milliseconds, or 0 for never');
  }
}

export function invalid(field: string, value: unknown, expected: string): PromAgentError {
  const got = typeof value === 'object' && value !== null ? inspect(value) : `"${String(value)}"`;
  return new PromAgentError('CONFIG_INVALID', `${field}: expected ${expected}, got ${got}`, {
    data: { field, value, expected },
  });
}

function isRising(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || number > (numbers[i - 1] ?? Infinity));
}
