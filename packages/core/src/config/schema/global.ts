import { type BlockOutput, block, list } from './block.js';
import { byteSize, count, duration, flag, oneOf, text } from './leaf.js';
import { labelMap } from './maps.js';

const scrapeProtocols = [
  'PrometheusProto',
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
] as const;

const nameEscapings = ['allow-utf-8', 'underscores', 'dots', 'values'] as const;

function scrapeProtocol() {
  return oneOf(scrapeProtocols);
}

/** An empty one is none, as in Prometheus. */
export function fallbackProtocol() {
  return oneOf([...scrapeProtocols, '']);
}

/** Fields that stand in `global` and in each scrape config. */
export const sharedScrapeFields = {
  scrape_interval: duration().optional(),
  scrape_timeout: duration().optional(),
  scrape_protocols: list(scrapeProtocol()),
  body_size_limit: byteSize().optional(),
  sample_limit: count(0).optional(),
  target_limit: count(0).optional(),
  label_limit: count(0).optional(),
  label_name_length_limit: count(0).optional(),
  label_value_length_limit: count(0).optional(),
  keep_dropped_targets: count(0).optional(),
  metric_name_validation_scheme: oneOf(['utf8', 'legacy', '']).optional(),
  metric_name_escaping_scheme: oneOf([...nameEscapings, '']).optional(),
  scrape_native_histograms: flag().nullish(),
  convert_classic_histograms_to_nhcb: flag().nullish(),
  always_scrape_classic_histograms: flag().nullish(),
  extra_scrape_metrics: flag().nullish(),
  scrape_failure_log_file: text().optional(),
};

export type WrittenShared = BlockOutput<typeof sharedScrapeFields>;

/** Fields of `global` for rules and queries, which an agent does not have. */
export const unusedGlobalFields = [
  'evaluation_interval',
  'rule_query_offset',
  'query_log_file',
] as const;

export const globalSchema = block({
  ...sharedScrapeFields,
  external_labels: labelMap().optional(),
  evaluation_interval: duration().optional(),
  rule_query_offset: duration().optional(),
  query_log_file: text().optional(),
});
