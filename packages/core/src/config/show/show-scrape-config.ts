import type { RelabelRule } from '../../relabel/rule.js';
import type { DiscoveryConfig, ScrapeConfig, StaticGroup } from '../agent-config.js';
import { formatDuration } from '../duration.js';
import { showHttpClient } from './show-http-client.js';
import { compact, masked, type Shown, shownBytes, shownUrl } from './shown-values.js';

/** A job with all it inherits, under the names of its file. */
export function showScrapeConfig(config: ScrapeConfig): Shown {
  const { job } = config;
  return {
    job_name: job.name,
    ...compact({ honor_labels: job.honorLabels }),
    honor_timestamps: job.honorTimestamps,
    track_timestamps_staleness: job.trackTimestampsStaleness,
    ...compact({ params: config.params }),
    scrape_interval: formatDuration(config.intervalMs),
    scrape_timeout: formatDuration(config.timeoutMs),
    scrape_protocols: job.scrapeProtocols,
    ...compact({ fallback_scrape_protocol: job.fallbackScrapeProtocol }),
    scrape_native_histograms: job.scrapeNativeHistograms,
    always_scrape_classic_histograms: job.alwaysScrapeClassicHistograms,
    convert_classic_histograms_to_nhcb: job.convertClassicHistogramsToNhcb,
    ...compact({ scrape_failure_log_file: job.scrapeFailureLogFile }),
    metrics_path: config.metricsPath,
    scheme: config.scheme,
    enable_compression: job.enableCompression,
    ...compact({
      body_size_limit: shownBytes(job.bodySizeLimitBytes),
      sample_limit: job.sampleLimit,
      target_limit: config.targetLimit,
      label_limit: job.labelLimit,
      label_name_length_limit: job.labelNameLengthLimit,
      label_value_length_limit: job.labelValueLengthLimit,
      native_histogram_bucket_limit: job.nativeHistogramBucketLimit,
      native_histogram_min_bucket_factor: job.nativeHistogramMinBucketFactor,
      keep_dropped_targets: config.keepDroppedTargets,
    }),
    metric_name_validation_scheme: job.nameValidation,
    metric_name_escaping_scheme: job.nameEscaping,
    extra_scrape_metrics: job.extraScrapeMetrics,
    ...showHttpClient(job.http),
    ...compact({
      relabel_configs: config.relabelRules.map(showRule),
      metric_relabel_configs: job.metricRelabelRules.map(showRule),
    }),
    ...showDiscoveries(config.discoveries),
  };
}

/** Where a default would be refused beside the action, it is left out. */
export function showRule(rule: RelabelRule): Shown {
  return {
    ...compact({ source_labels: rule.sourceLabels }),
    separator: rule.separator,
    ...(rule.regex !== '(.*)' && { regex: rule.regex }),
    ...compact({ modulus: rule.modulus, target_label: rule.targetLabel }),
    replacement: rule.replacement,
    action: rule.action,
  };
}

function showDiscoveries(discoveries: readonly DiscoveryConfig[]): Shown {
  const shown: Record<string, unknown[]> = {};
  for (const discovery of discoveries) {
    const isStatic = discovery.kind === 'static';
    const name = isStatic ? 'static_configs' : `${discovery.kind}_sd_configs`;
    shown[name] ??= [];
    if (isStatic) shown[name].push(...discovery.groups.map(showGroup));
    else shown[name].push(showDiscovery(discovery));
  }
  return shown;
}

function showGroup({ targets, labels }: StaticGroup): Shown {
  return { targets, ...compact({ labels }) };
}

function showDiscovery(discovery: Exclude<DiscoveryConfig, { kind: 'static' }>): Shown {
  switch (discovery.kind) {
    case 'file':
      return {
        files: discovery.files,
        refresh_interval: formatDuration(discovery.refreshIntervalMs),
      };
    case 'http':
      return {
        ...showHttpClient(discovery.http),
        refresh_interval: formatDuration(discovery.refreshIntervalMs),
        url: shownUrl(discovery.url),
      };
    case 'dns':
      return {
        names: discovery.names,
        refresh_interval: formatDuration(discovery.refreshIntervalMs),
        type: discovery.type,
        port: discovery.port,
        ...compact({ servers: discovery.servers }),
      };
    case 'consul':
      return {
        server: discovery.server,
        ...compact({
          path_prefix: discovery.pathPrefix,
          token: discovery.token && masked,
          datacenter: discovery.datacenter,
          namespace: discovery.namespace,
          partition: discovery.partition,
        }),
        tag_separator: discovery.tagSeparator,
        scheme: discovery.scheme,
        allow_stale: discovery.allowStale,
        refresh_interval: formatDuration(discovery.refreshIntervalMs),
        ...compact({
          services: discovery.services,
          tags: discovery.tags,
          node_meta: discovery.nodeMeta,
          filter: discovery.filter,
          health_filter: discovery.healthFilter,
        }),
        ...showHttpClient(discovery.http),
      };
    case 'serverset':
    case 'nerve':
      return {
        servers: discovery.servers,
        paths: discovery.paths,
        timeout: formatDuration(discovery.timeoutMs),
      };
  }
}
