import { block, list } from './block.js';
import { byteSize, count, duration, oneOf, only, text } from './leaf.js';
import { labelMap } from './maps.js';

const scrapeProtocols = [
  'PrometheusProto',
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
] as const;

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
  target_limit: only(0).optional(),
  label_limit: only(0).optional(),
  label_name_length_limit: only(0).optional(),
  label_value_length_limit: only(0).optional(),
  keep_dropped_targets: only(0).optional(),
  metric_name_validation_scheme: only('utf8').optional(),
  metric_name_escaping_scheme: only('allow-utf-8').optional(),
  scrape_native_histograms: only(false).optional(),
  convert_classic_histograms_to_nhcb: only(false).optional(),
  always_scrape_classic_histograms: only(false).optional(),
  extra_scrape_metrics: only(false).optional(),
};

/** Fields of `global` for rules and queries, which an agent does not have. */
export const unusedGlobalFields = [
  'evaluation_interval',
  'rule_query_offset',
  'query_log_file',
] as const;

export const globalSchema = block(
  {
    ...sharedScrapeFields,
    external_labels: labelMap().optional(),
    evaluation_interval: duration().optional(),
    rule_query_offset: duration().optional(),
    query_log_file: text().optional(),
  },
  { prometheus: ['scrape_failure_log_file'] },
);
