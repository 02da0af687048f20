import { type ExposedSample, nativeBuckets } from '@prom-agent/core/exposition';

/**
 * A native histogram as Prometheus' HTTP API shows it (util/jsonutil MarshalHistogram): numbers are
 * strings, and the first of a bucket says which of its bounds belong to it.
 */
export function jsonHistogram(histogram: NonNullable<ExposedSample['histogram']>): string {
  const buckets = nativeBuckets(histogram).map(({ boundaries, lower, upper, count }) => [
    boundaries,
    numberText(lower),
    numberText(upper),
    numberText(count),
  ]);
  return JSON.stringify({
    count: numberText(histogram.count),
    sum: numberText(histogram.sum),
    ...(buckets.length > 0 && { buckets }),
  });
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  // Go's exponents have two digits; below 1e-6 and from 1e21 on both languages write one.
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}
