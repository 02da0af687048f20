import type { MetricFamily } from '@prom-agent/core/exposition';

const classic = { upperBounds: [0.5, 1, 4], sum: 20.5 };

/** Six buckets on either side of 0, of schema 3, with classic ones beside them. */
export function integers(scrape: number): MetricFamily {
  return {
    name: 'native',
    type: 'histogram',
    help: 'Took.',
    series: [
      {
        ...classic,
        labels: [['path', '/']],
        bucketCounts: [1, 2, 3 + scrape],
        count: 24 + scrape,
        native: {
          schema: 3,
          zeroThreshold: 0.001,
          zeroCount: 2,
          positiveSpans: [
            { offset: -2, length: 2 },
            { offset: 3, length: 3 },
          ],
          positiveCounts: [3, 1, 4, 1, 5 + scrape],
          negativeSpans: [{ offset: 7, length: 2 }],
          negativeCounts: [2, 6],
        },
      },
    ],
  };
}

function floats(scrape: number): MetricFamily {
  return {
    name: 'native_gauge',
    type: 'gaugehistogram',
    series: [
      {
        ...classic,
        labels: [],
        bucketCounts: [0.5, 1, 1.5],
        count: 3.5 + scrape,
        isFloat: true,
        native: {
          schema: -1,
          zeroThreshold: 0,
          zeroCount: 0.5,
          positiveSpans: [{ offset: 1, length: 2 }],
          positiveCounts: [2, 1 + scrape],
          negativeSpans: [],
          negativeCounts: [],
        },
      },
    ],
  };
}

function empty(): MetricFamily {
  const native = {
    schema: 0,
    zeroThreshold: 1e-128,
    zeroCount: 0,
    positiveSpans: [],
    positiveCounts: [],
    negativeSpans: [],
    negativeCounts: [],
  };
  const series = { labels: [], upperBounds: [], bucketCounts: [], count: 0, sum: 0, native };
  return { name: 'native_empty', type: 'histogram', series: [series] };
}

export function classicAlone(scrape: number): MetricFamily {
  const series = { ...classic, labels: [], bucketCounts: [1, 2, 3], count: 4 + scrape };
  return { name: 'classic', type: 'histogram', series: [series] };
}

export function others(scrape: number): MetricFamily[] {
  return [
    {
      name: 'requests_total',
      type: 'counter',
      series: [{ labels: [['größe', 'ü']], value: scrape, createdMs: 1_700_000_000_000 }],
    },
    { name: 'http.größe', type: 'gauge', series: [{ labels: [['a.b', 'ü']], value: scrape }] },
    { name: 'load', type: 'gauge', series: [{ labels: [], value: -0.5 }] },
    { name: 'what', type: 'unknown', series: [{ labels: [], value: Number.NaN }] },
    {
      name: 'sizes',
      type: 'summary',
      series: [
        { labels: [], quantiles: [0.5, 1], quantileValues: [1, scrape], count: 2, sum: 0.25 },
      ],
    },
  ];
}

/** All that an exporter of today may expose. */
export function allFamilies(scrape: number): MetricFamily[] {
  return [integers(scrape), floats(scrape), empty(), classicAlone(scrape), ...others(scrape)];
}
