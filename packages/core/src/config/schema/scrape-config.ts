import { block, list } from './block.js';
import { discoveryFields } from './discoveries.js';
import { fallbackProtocol, sharedScrapeFields } from './global.js';
import { httpClientFields } from './http-client.js';
import { count, decimal, flag, nonEmptyText, text } from './leaf.js';
import { parameterMap } from './maps.js';
import { refusedDiscoveries } from './prometheus-fields.js';
import { relabelRuleSchema } from './relabel-rule.js';

export const scrapeConfigSchema = block(
  {
    job_name: nonEmptyText('the name of the job'),
    ...sharedScrapeFields,
    fallback_scrape_protocol: fallbackProtocol().optional(),
    metrics_path: text().optional(),
    scheme: text().optional(),
    params: parameterMap().optional(),
    honor_labels: flag().optional(),
    honor_timestamps: flag().optional(),
    enable_compression: flag().optional(),
    track_timestamps_staleness: flag().optional(),
    native_histogram_bucket_limit: count(0).optional(),
    native_histogram_min_bucket_factor: decimal().optional(),
    ...httpClientFields,
    relabel_configs: list(relabelRuleSchema),
    metric_relabel_configs: list(relabelRuleSchema),
    ...discoveryFields,
  },
  { discoveries: refusedDiscoveries },
);
