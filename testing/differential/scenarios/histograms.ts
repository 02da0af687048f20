import { type MetricFamily, renderExposition } from '@prom-agent/core/exposition';
import { type Scenario, text } from '../scenario.js';
import { allFamilies, classicAlone, integers, others } from './made-families.js';

const protobuf = {
  format: 'protobuf',
  escaping: 'allow-utf-8',
  contentType:
    'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=allow-utf-8',
} as const;

const delimited = (...families: readonly MetricFamily[]) => ({
  body: renderExposition(families, protobuf),
  headers: { 'content-type': protobuf.contentType },
});

const all = (scrape: number) => delimited(...allFamilies(scrape));

const inText = (scrape: number) =>
  text(
    '# TYPE classic histogram',
    'classic_bucket{le="1"} 1',
    `classic_bucket{le="+Inf"} ${2 + scrape}`,
    'classic_sum 5',
    `classic_count ${2 + scrape}`,
    'other 1',
  );

const toNhcb = { convert_classic_histograms_to_nhcb: true };
const withClassic = { always_scrape_classic_histograms: true };

export const histogramScenarios: readonly Scenario[] = [
  { name: 'protobuf', answer: (scrape) => delimited(...others(scrape), classicAlone(scrape)) },
  { name: 'native', answer: all },
  {
    name: 'native-comes-and-goes',
    answer: (scrape) => delimited(...(scrape % 3 ? [] : [integers(scrape)]), ...others(scrape)),
  },
  {
    name: 'native-and-text-in-turns',
    answer: (scrape) => (scrape % 2 ? text('native 1', 'load 1') : all(scrape)),
  },
  {
    name: 'native-and-failures',
    answer: (scrape) => (scrape % 3 === 1 ? { body: '', status: 500 } : all(scrape)),
  },
  { name: 'native-with-classic', job: withClassic, answer: all },
  { name: 'native-bucket-limit', job: { native_histogram_bucket_limit: 4 }, answer: all },
  { name: 'native-bucket-limit-low', job: { native_histogram_bucket_limit: 1 }, answer: all },
  {
    name: 'native-bucket-limit-and-sample-limit',
    job: { native_histogram_bucket_limit: 1, sample_limit: 5 },
    answer: all,
  },
  {
    name: 'native-min-bucket-factor',
    job: { native_histogram_min_bucket_factor: 1.5 },
    answer: all,
  },
  {
    name: 'native-min-bucket-factor-large',
    job: { native_histogram_min_bucket_factor: 100, native_histogram_bucket_limit: 3 },
    answer: all,
  },
  {
    name: 'native-relabelled',
    job: {
      metric_relabel_configs: [
        { source_labels: ['__name__'], regex: 'native_.*', action: 'drop' },
        { regex: 'path', action: 'labeldrop' },
      ],
    },
    answer: all,
  },
  { name: 'native-sample-limit', job: { sample_limit: 6 }, answer: all },
  {
    name: 'native-that-is-broken',
    answer: (scrape) => {
      const { body, headers } = all(scrape);
      return { body: scrape % 2 ? body.subarray(0, 50) : body, headers };
    },
  },
  { name: 'nhcb-of-text', job: toNhcb, answer: inText },
  { name: 'nhcb-of-text-with-classic', job: { ...toNhcb, ...withClassic }, answer: inText },
  { name: 'nhcb-of-protobuf', job: toNhcb, answer: all },
  { name: 'nhcb-of-protobuf-with-classic', job: { ...toNhcb, ...withClassic }, answer: all },
  { name: 'classic-in-text', answer: inText },
];
