import { block, list } from './block.js';
import { fallbackProtocol, sharedScrapeFields } from './global.js';
import { duration, flag, leaf, nonEmptyText, only, text, textOf } from './leaf.js';
import { labelMap, parameterMap } from './maps.js';
import { httpClientFields, refusedDiscoveries } from './prometheus-fields.js';
import { relabelRuleSchema } from './relabel-rule.js';

const staticGroupSchema = block({
  targets: list(target()),
  labels: labelMap().optional(),
});

function target() {
  return leaf('a target such as host:9100', (value) =>
    value === null ? undefined : textOf(value),
  );
}

// What Prometheus takes as a path of file discovery (discovery/file/file.go patFileSDName).
const discoveryFile = /^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$/;

function discoveryPath() {
  const expected = 'a path that ends in .json, .yml or .yaml, with * in its last part only';
  return leaf(expected, (value) => {
    const path = textOf(value);
    return path !== undefined && discoveryFile.test(path) ? path : undefined;
  });
}

const fileDiscoverySchema = block({
  files: list(discoveryPath()),
  refresh_interval: duration().optional(),
});

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
    follow_redirects: flag().optional(),
    // HTTP/1.1 is all a scrape uses, as vmagent; both values are fine with every server.
    enable_http2: flag().optional(),
    track_timestamps_staleness: only(false).optional(),
    native_histogram_bucket_limit: only(0).optional(),
    native_histogram_min_bucket_factor: only(0).optional(),
    relabel_configs: list(relabelRuleSchema),
    metric_relabel_configs: list(relabelRuleSchema),
    static_configs: list(staticGroupSchema),
    file_sd_configs: list(fileDiscoverySchema),
  },
  {
    prometheus: ['scrape_failure_log_file', ...httpClientFields],
    discoveries: refusedDiscoveries,
  },
);
