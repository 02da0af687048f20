/** What one of the two delivers and the other does not; lines as SideBySide.compare() gives them. */
export interface Difference {
  /** The row of docs/reference/conformance.md, Scraping, that gives the reason: its first words. */
  readonly row: string;
  readonly prometheus: readonly string[];
  readonly promAgent: readonly string[];
}

const unparsed = 'a body that does not parse';
const behind = 'an own timestamp older than the last scrape without one, or than the last marker';
const unbounded = 'a native histogram with custom buckets, in remote write 1.0';
const twice = 'one series in two spellings, or two that relabelling makes one, in one body';

/** How far a failed scrape came, as each of the two counts. */
const counts = (scrape: number, samples: number, added = 0): string[] => [
  `#${scrape} scrape_samples_post_metric_relabeling ${samples}`,
  `#${scrape} scrape_samples_scraped ${samples}`,
  ...(added < 0 ? [] : [`#${scrape} scrape_series_added ${added}`]),
];
const none = -1;

/** A histogram per scrape whose last bucket grows by one; its bounds (field 16) are not there. */
function customBuckets(span: string, deltas: string, count: number, sum: string): string[] {
  return Array.from({ length: 8 }, (_, scrape) => {
    const last = (2 * scrape).toString(16).padStart(2, '0');
    const counted = (count + scrape).toString(16);
    return `#${scrape} classic histogram 11=${span} 12=${deltas}${last} 1=${counted} 3=${sum} 4=69`;
  });
}

const ofText = customBuckets('0+2', '02', 2, '4014000000000000');
const ofProtobuf = customBuckets('0+4', '020000', 4, '4034800000000000');

/** All that differs, by scenario: on purpose. */
export const differences: Readonly<Record<string, Difference>> = {
  'delicate-values': { row: 'the value -0', prometheus: ['#1 a 0'], promAgent: ['#1 a -0'] },
  'two-spellings': {
    row: twice,
    prometheus: [
      '#0 a{x="1",y="2"} 1',
      '#0 scrape_series_added 2',
      ...[1, 2, 3].map((scrape) => `#${scrape} a{x="1",y="2"} 1`),
    ],
    promAgent: ['#0 scrape_series_added 1'],
  },
  'text-as-openmetrics': {
    row: unparsed,
    prometheus: [...counts(1, 1, none), ...counts(4, 1, none), ...counts(5, 1, none)],
    promAgent: [
      '#1 m stale',
      ...counts(1, 0, none),
      '#4 m stale',
      ...counts(4, 0, none),
      ...counts(5, 0, none),
    ],
  },
  'openmetrics-as-fallback': {
    row: unparsed,
    prometheus: [
      ...counts(1, 1, 1),
      '#2 hostile_metric stale',
      ...counts(4, 1, 1),
      ...counts(5, 1, none),
      '#6 hostile_metric stale',
    ],
    promAgent: [...counts(1, 0), ...counts(4, 0), ...counts(5, 0, none)],
  },
  'syntax-error-in-the-middle': {
    row: unparsed,
    prometheus: [
      ...counts(1, 2, 1),
      '#2 p stale',
      ...counts(4, 2, 1),
      ...counts(5, 2, none),
      '#6 p stale',
    ],
    promAgent: [
      '#1 m stale',
      ...counts(1, 0),
      '#4 m stale',
      ...counts(4, 0),
      ...counts(5, 0, none),
    ],
  },
  'syntax-error-at-the-end': {
    row: unparsed,
    prometheus: [
      ...counts(1, 3, 1),
      '#2 p stale',
      ...counts(4, 3, 1),
      ...counts(5, 3, none),
      '#6 n stale',
      '#6 p stale',
    ],
    promAgent: [
      '#1 m stale',
      '#1 n stale',
      ...counts(1, 0),
      '#4 m stale',
      '#4 n stale',
      ...counts(4, 0),
      ...counts(5, 0, none),
    ],
  },
  'openmetrics-without-eof': {
    row: unparsed,
    prometheus: counts(2, 1, none),
    promAgent: ['#2 a stale', ...counts(2, 0, none)],
  },
  'own-timestamps-tracked': {
    row: behind,
    prometheus: ['#3 scrape_series_added 0', '#6 scrape_series_added 0'],
    promAgent: ['#3 scrape_series_added 1', '#6 scrape_series_added 1', '@30 c 3', '@60 c 6'],
  },
  'failures-between-timestamps': {
    row: behind,
    prometheus: [],
    promAgent: ['#5 a stale', '@30 a 3', '@40 a 4', '@60 a 6', '@70 a 7'],
  },
  'own-timestamps-that-stay': {
    row: 'the same sample again, own timestamp and value',
    prometheus: [],
    promAgent: new Array<string>(7).fill('@10 a 1'),
  },
  'exposed-synthetic': {
    row: 'an exposed series with name and labels of a synthetic one',
    prometheus: [2, 4, 6].flatMap((scrape) => [
      `#${scrape} scrape_samples_scraped stale`,
      `#${scrape} up stale`,
    ]),
    promAgent: [],
  },
  'sample-limit-of-all': {
    row: 'a series that never was within `sample_limit`',
    prometheus: [3, 7].map(
      (scrape) => `#${scrape} c{long_name_of_a_label="a long value",y="1",z="2"} stale`,
    ),
    promAgent: [],
  },
  'native-sample-limit': {
    row: 'native histograms under `sample_limit`',
    prometheus: ['#0 scrape_series_added 9'],
    promAgent: ['#0 scrape_series_added 6'],
  },
  'nhcb-of-text': { row: unbounded, prometheus: ofText, promAgent: [] },
  'nhcb-of-text-with-classic': { row: unbounded, prometheus: ofText, promAgent: [] },
  'nhcb-of-protobuf': { row: unbounded, prometheus: ofProtobuf, promAgent: [] },
  'nhcb-of-protobuf-with-classic': {
    row: unbounded,
    prometheus: ofProtobuf,
    promAgent: [],
  },
  'negotiated-as-nhcb': { row: unbounded, prometheus: ofProtobuf, promAgent: [] },
  'relabel-into-a-clash': {
    row: twice,
    prometheus: [
      '#0 b 0',
      '#0 b 5',
      '#0 scrape_series_added 4',
      '#1 b 1',
      '#1 b stale',
      '#2 b 2',
      '#3 b 3',
      '#3 b 5',
      '#3 scrape_series_added 1',
      '#4 b 4',
      '#4 b stale',
      '#5 b 5',
      '#6 b 5',
      '#6 b 6',
      '#6 scrape_series_added 1',
      '#7 b 7',
      '#7 b stale',
    ],
    promAgent: ['#0 scrape_series_added 2', '#3 scrape_series_added 0', '#6 scrape_series_added 0'],
  },
};
