import { nativeBuckets } from '../../exposition/native-buckets.js';
import type { HistogramSample } from '../../model/histogram.js';
import type { LineFormat, SeriesText } from './line-format.js';

/**
 * One JSON object a sample: name, labels, value, timestamp, and what the exposition says of the family.
 * Values that JSON has no word for are strings: "NaN", "+Inf", "-Inf"; a marker has `"stale":true`.
 */
export const jsonLines: LineFormat = {
  wantsMetadata: true,

  series(name, labels, metadata): SeriesText {
    const { type = undefined, unit = '', help = '' } = metadata ?? {};
    const words =
      (type === undefined ? '' : `,"type":"${type}"`) +
      (unit === '' ? '' : `,"unit":${JSON.stringify(unit)}`) +
      (help === '' ? '' : `,"help":${JSON.stringify(help)}`);
    const head = `{"name":${JSON.stringify(name)},"labels":${JSON.stringify(Object.fromEntries(labels))}`;
    return { head, tail: words };
  },

  sample: ({ head, tail }, value, timestampMs, exemplar) =>
    `${head},"value":${jsonNumber(value)},"timestamp":${timestampMs}${tail}${exemplar}}`,

  histogram: ({ head, tail }, histogram, timestampMs, exemplar) =>
    `${head},"timestamp":${timestampMs}${tail},"histogram":${jsonHistogram(histogram)}${exemplar}}`,

  marker: ({ head }, timestampMs) =>
    `${head},"value":"NaN","timestamp":${timestampMs},"stale":true}`,

  exemplar({ exemplars }, places): string {
    // A line has room for one: the last.
    const place = places.at(-1)!;
    const { labels, values, timestampsMs } = exemplars!;
    const words = JSON.stringify(Object.fromEntries(labels[place]!));
    const timestampMs = timestampsMs[place]!;
    const time = Number.isNaN(timestampMs) ? '' : `,"timestamp":${timestampMs}`;
    return `,"exemplar":{"labels":${words},"value":${jsonNumber(values[place]!)}${time}}`;
  },
};

/** JSON has no word for what is not finite, and JSON.stringify drops the sign of -0. */
function jsonNumber(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return `"${numberText(value)}"`;
}

/**
 * As Prometheus' HTTP API shows it: numbers are strings, with the bounds of each bucket. Behind that, what
 * the bounds do not tell.
 */
function jsonHistogram(histogram: HistogramSample): string {
  const buckets = nativeBuckets(histogram).map(({ boundaries, lower, upper, count }) => [
    boundaries,
    numberText(lower),
    numberText(upper),
    numberText(count),
  ]);
  const { count, sum, schema, zeroThreshold, customValues, isFloat, isGauge } = histogram;
  return JSON.stringify({
    count: numberText(count),
    sum: numberText(sum),
    ...(buckets.length > 0 && { buckets }),
    schema,
    ...(zeroThreshold !== 0 && { zero_threshold: numberText(zeroThreshold) }),
    ...(customValues.length > 0 && { custom_values: Array.from(customValues, numberText) }),
    ...(isFloat && { float: true }),
    ...(isGauge && { gauge: true }),
  });
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}
