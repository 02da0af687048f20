import type { Metadata, MetricType } from './metadata.js';

const suffixes: Readonly<Record<MetricType, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  gaugehistogram: ['_bucket', '_gsum', '_gcount', '_sum', '_count'],
  summary: ['_sum', '_count', '_created'],
  info: ['_info'],
  stateset: [],
  unknown: [],
};

/**
 * What is said of a sample's family: the one of the sample's own name, or that without a suffix which
 * its type gives to samples. Undefined where there is none.
 */
export function metadataOf(
  name: string,
  families: ReadonlyMap<string, Metadata>,
): Metadata | undefined {
  const own = families.get(name);
  if (own !== undefined) return own;
  const underscore = name.lastIndexOf('_');
  const family = underscore < 0 ? undefined : families.get(name.slice(0, underscore));
  if (family === undefined) return undefined;
  return suffixes[family.type].includes(name.slice(underscore)) ? family : undefined;
}
