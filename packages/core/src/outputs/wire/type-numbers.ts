import type { MetricType } from '../../model/metadata.js';

/** The numbers of MetricMetadata.MetricType in 1.0 and of Metadata.MetricType in 2.0. */
export const typeNumbers: Readonly<Record<MetricType, number>> = {
  unknown: 0,
  counter: 1,
  gauge: 2,
  histogram: 3,
  gaugehistogram: 4,
  summary: 5,
  info: 6,
  stateset: 7,
};
