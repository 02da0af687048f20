import { createRequire } from 'node:module';
import type { RemoteWriteOptions } from '../../outputs/remote-write/remote-write-options.js';
import type { AgentBlock, AgentConfig } from '../agent-config.js';
import { formatByteSize } from '../byte-size.js';
import { formatDuration } from '../duration.js';
import { showHttpClient } from './show-http-client.js';
import { showKafkaWrite } from './show-kafka-write.js';
import { showPushgatewayWrite } from './show-pushgateway-write.js';
import { showRule, showScrapeConfig } from './show-scrape-config.js';
import { compact, type Shown, shownBytes, shownMap, shownUrl } from './shown-values.js';

const require = createRequire(import.meta.url);

/**
 * The configuration in effect as YAML, defaults and inheritance filled in, secrets as `<secret>` (what
 * Prometheus' /api/v1/status/config shows). Jobs of `scrape_config_files` are not part of it.
 */
export function configYaml(config: AgentConfig): string {
  const shown = {
    global: showGlobal(config),
    ...compact({
      scrape_config_files: config.scrapeConfigFiles,
      scrape_configs: config.scrapeConfigs
        .filter(({ file }) => file === undefined)
        .map(showScrapeConfig),
      remote_write: config.remoteWrites.map(showRemoteWrite),
      kafka_write: config.kafkaWrites.map(showKafkaWrite),
      pushgateway_write: config.pushgatewayWrites.map(showPushgatewayWrite),
    }),
    agent: showAgent(config.agent),
    ...(config.pool && { pool: config.pool }),
  };
  // Loaded when asked for: its 72 modules are 3 MiB of a process that only scrapes.
  const { stringify } = require('yaml') as typeof import('yaml');
  // YAML 1.1, so that a label value `yes` is in quotes.
  return stringify(shown, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 });
}

function showGlobal({ scrapeDefaults, externalLabels }: AgentConfig): Shown {
  return {
    scrape_interval: formatDuration(scrapeDefaults.intervalMs),
    scrape_timeout: formatDuration(scrapeDefaults.timeoutMs),
    ...compact({
      scrape_protocols: scrapeDefaults.protocols,
      scrape_failure_log_file: scrapeDefaults.scrapeFailureLogFile,
      external_labels: externalLabels,
      body_size_limit: shownBytes(scrapeDefaults.bodySizeLimitBytes),
      sample_limit: scrapeDefaults.sampleLimit,
      target_limit: scrapeDefaults.targetLimit,
      label_limit: scrapeDefaults.labelLimit,
      label_name_length_limit: scrapeDefaults.labelNameLengthLimit,
      label_value_length_limit: scrapeDefaults.labelValueLengthLimit,
      keep_dropped_targets: scrapeDefaults.keepDroppedTargets,
    }),
    metric_name_validation_scheme: scrapeDefaults.nameValidation,
    metric_name_escaping_scheme: scrapeDefaults.nameEscaping,
    scrape_native_histograms: scrapeDefaults.scrapeNativeHistograms,
    ...compact({
      convert_classic_histograms_to_nhcb: scrapeDefaults.convertClassicHistogramsToNhcb,
      always_scrape_classic_histograms: scrapeDefaults.alwaysScrapeClassicHistograms,
    }),
    extra_scrape_metrics: scrapeDefaults.extraScrapeMetrics,
  };
}

function showRemoteWrite({ name, url, queue, metadata, ...options }: RemoteWriteOptions): Shown {
  return {
    url: shownUrl(url),
    remote_timeout: formatDuration(options.remoteTimeoutMs),
    ...compact({
      headers: shownMap(options.headers),
      write_relabel_configs: options.writeRelabelRules?.map(showRule),
    }),
    name,
    ...compact({
      send_exemplars: options.sendExemplars,
      send_native_histograms: options.sendNativeHistograms,
      round_robin_dns: options.roundRobinDns,
    }),
    protobuf_message:
      options.version === 2 ? 'io.prometheus.write.v2.Request' : 'prometheus.WriteRequest',
    ...showHttpClient(options.http),
    queue_config: {
      capacity: queue.capacity,
      max_shards: queue.maxShards,
      ...compact({ min_shards: queue.minShards }),
      max_samples_per_send: queue.maxSamplesPerSend,
      batch_send_deadline: formatDuration(queue.batchSendDeadlineMs),
      min_backoff: formatDuration(queue.minBackoffMs),
      max_backoff: formatDuration(queue.maxBackoffMs),
      retry_on_http_429: queue.retryOnHttp429,
      ...compact({
        sample_age_limit: queue.sampleAgeLimitMs && formatDuration(queue.sampleAgeLimitMs),
      }),
    },
    metadata_config:
      metadata === undefined
        ? { send: false }
        : {
            send: true,
            send_interval: formatDuration(metadata.sendIntervalMs),
            max_samples_per_send: metadata.maxSamplesPerSend,
          },
  };
}

function showAgent({ threads, threadMemoryBytes, self, queue, ...agent }: AgentBlock): Shown {
  return {
    threads,
    thread_memory: formatByteSize(threadMemoryBytes),
    series_limit: agent.seriesLimit,
    job_series_limit: agent.jobSeriesLimit,
    target_series_limit: agent.targetSeriesLimit,
    allow_link_local_redirects: agent.allowLinkLocalRedirects,
    self: {
      enabled: self.enabled,
      ...compact({ job: self.job, instance: self.instance }),
      interval: formatDuration(self.intervalMs),
      scrape_native_histograms: self.scrapeNativeHistograms,
      always_scrape_classic_histograms: self.alwaysScrapeClassicHistograms,
    },
    ...(queue && {
      queue: {
        path: queue.path,
        max_bytes: formatByteSize(queue.maxBytes),
        max_age: formatDuration(queue.maxAgeMs),
        order: queue.order,
        fsync: queue.fsync,
      },
    }),
  };
}
