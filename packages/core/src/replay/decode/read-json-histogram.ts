import { exponentialIndex, highestSchema, lowestSchema } from '../../model/exponential-buckets.js';
import type { BucketSpan, HistogramSample } from '../../model/histogram.js';
import { MalformedMessage } from './decoded-message.js';

type Fields = Readonly<Record<string, unknown>>;
type Bucket = readonly [boundaries: number, lower: number, upper: number, count: number];

const customBuckets = -53;
/** Both of its bounds are inside. */
const zeroBucket = 3;

/**
 * A native histogram of a JSON line: as Prometheus' HTTP API shows it, and the fields that the buckets
 * do not tell (`schema`, `zero_threshold`, `custom_values`, `float`, `gauge`). Empty buckets are not in it.
 */
export function readJsonHistogram(fields: Fields): HistogramSample {
  const schema = numberOf(fields['schema'], 'schema');
  const isCustom = schema === customBuckets;
  const isKnown = Number.isInteger(schema) && schema >= lowestSchema && schema <= highestSchema;
  if (!isCustom && !isKnown) throw new MalformedMessage('histogram.schema is none of Prometheus');
  const customValues = listOf(fields['custom_values'], 'custom_values').map((value) =>
    numberOf(value, 'custom_values'),
  );
  const buckets = listOf(fields['buckets'], 'buckets').map(bucketOf);
  const zero = isCustom ? undefined : buckets.find(([boundaries]) => boundaries === zeroBucket);
  const rest = buckets.filter((bucket) => bucket !== zero);
  const indexOf = (bound: number): number =>
    isCustom ? customIndex(customValues, bound) : exponentialIndex(bound, schema);
  const negative = isCustom ? [] : rest.filter(([, lower]) => lower < 0).toReversed();
  const positive = rest.filter((bucket) => !negative.includes(bucket));
  return {
    schema,
    zeroThreshold: numberOf(fields['zero_threshold'] ?? zero?.[2] ?? 0, 'zero_threshold'),
    zeroCount: zero?.[3] ?? 0,
    count: numberOf(fields['count'], 'count'),
    sum: numberOf(fields['sum'], 'sum'),
    negativeSpans: spansOf(negative.map(([, lower]) => indexOf(-lower))),
    negativeCounts: negative.map(([, , , count]) => count),
    positiveSpans: spansOf(positive.map(([, , upper]) => indexOf(upper))),
    positiveCounts: positive.map(([, , , count]) => count),
    customValues,
    isFloat: fields['float'] === true,
    isGauge: fields['gauge'] === true,
  };
}

function customIndex(customValues: readonly number[], upper: number): number {
  if (upper === Number.POSITIVE_INFINITY) return customValues.length;
  const index = customValues.indexOf(upper);
  if (index < 0) throw new MalformedMessage(`a bucket ends at ${upper}, custom_values do not`);
  return index;
}

/** Ascending indexes as runs. */
function spansOf(indexes: readonly number[]): BucketSpan[] {
  const spans: { offset: number; length: number }[] = [];
  let next = 0;
  for (const index of indexes) {
    const last = spans.at(-1);
    if (last !== undefined && index === next) last.length++;
    else if (last === undefined || index > next) spans.push({ offset: index - next, length: 1 });
    else throw new MalformedMessage('its buckets do not ascend');
    next = index + 1;
  }
  return spans;
}

function bucketOf(written: unknown): Bucket {
  const [boundaries, lower, upper, count] = listOf(written, 'buckets').map((value) =>
    numberOf(value, 'buckets'),
  );
  if (boundaries === undefined || lower === undefined || upper === undefined)
    throw wrong('buckets');
  if (count === undefined) throw wrong('buckets');
  return [boundaries, lower, upper, count];
}

function listOf(written: unknown, name: string): readonly unknown[] {
  if (written === undefined) return [];
  if (Array.isArray(written)) return written;
  throw wrong(name);
}

/** Numbers are strings, as in Prometheus' API. */
function numberOf(written: unknown, name: string): number {
  if (typeof written === 'number') return written;
  if (written === 'NaN') return Number.NaN;
  const text = typeof written === 'string' ? written.replace(/Inf$/, 'Infinity') : '';
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw wrong(name);
  return value;
}

function wrong(name: string): MalformedMessage {
  return new MalformedMessage(`histogram.${name} is missing or no number`);
}
