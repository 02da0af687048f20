import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { PromAgentError } from '../errors.js';
import type { AgentConfig, DiscoveryConfig, ScrapeConfig } from './agent-config.js';
import { parseByteSize } from './byte-size.js';
import { formatDuration, parseDuration } from './duration.js';
import { parseConfig } from './load-config.js';
import type { ConfigProblem } from './problems/config-problem.js';

const folder = fileURLToPath(new URL('../../../../../shared/conformance/', import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: recorded answers have the shape their README describes.
type Recorded = any;

function casesOf(file: string): Recorded[] {
  if (!existsSync(folder + file)) return [];
  const lines = readFileSync(folder + file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

const isThere = existsSync(folder);

/** The answer to a text: a configuration, or what is wrong with it. */
function answer(text: string, file: string): { config?: AgentConfig; problems: ConfigProblem[] } {
  try {
    return { config: parseConfig(text, file, { env: {} }), problems: [] };
  } catch (error) {
    if (!PromAgentError.is(error)) throw error;
    return { problems: error.data['problems'] as ConfigProblem[] };
  }
}

describe.skipIf(!isThere)('recorded answers of Prometheus', () => {
  test.each(casesOf('durations.jsonl'))('duration $input', ({ input, expect: expected }) => {
    expect(parseDuration(input)).toBe(expected.ok ? expected.ms : undefined);
    if (expected.ok) expect(formatDuration(expected.ms)).toBe(expected.string);
  });

  test.each(casesOf('byte_sizes.jsonl'))('byte size $input', ({ input, expect: expected }) => {
    expect(parseByteSize(input)).toBe(expected.ok ? Number(expected.bytes) : undefined);
  });

  const relabelCases = casesOf('relabel_config.jsonl').filter(
    // Rules that only the legacy names refuse: metric_name_validation_scheme is not supported yet.
    ({ name_validation, expect: { ok, error } }) =>
      name_validation === 'utf8' || ok || !/is invalid '/.test(error),
  );

  test.each(relabelCases)('relabel rules $id', ({ relabel_configs_yaml, expect: { ok } }) => {
    const rules = String(relabel_configs_yaml).replace(/^/gm, '  ');
    const text = `scrape_configs:\n- job_name: j\n  relabel_configs:\n${rules}\n`;
    const { config, problems } = answer(text, 'rules.yml');
    expect(config !== undefined, JSON.stringify(problems)).toBe(ok);
  });
});

/** Refused by name until prom-agent has them; a recorded case may fail for nothing else. */
const notSupportedYet: Readonly<Record<string, string>> = {
  scrape_config_files: 'more files',
  basic_auth: 'credentials of scrapes',
  authorization: 'credentials of scrapes',
  oauth2: 'credentials of scrapes',
  bearer_token: 'credentials of scrapes',
  bearer_token_file: 'credentials of scrapes',
  tls_config: 'TLS settings of scrapes',
  proxy_url: 'proxies',
  no_proxy: 'proxies',
  http_headers: 'more headers of scrapes',
  scrape_failure_log_file: 'a log of failed scrapes',
  target_limit: 'limits beyond samples and bytes',
  label_limit: 'limits beyond samples and bytes',
  label_name_length_limit: 'limits beyond samples and bytes',
  label_value_length_limit: 'limits beyond samples and bytes',
  keep_dropped_targets: 'limits beyond samples and bytes',
  track_timestamps_staleness: 'stale markers of series with timestamps',
  metric_name_validation_scheme: 'legacy names',
  metric_name_escaping_scheme: 'legacy names',
  extra_scrape_metrics: 'more synthetic series',
  scrape_native_histograms: 'native histograms',
  always_scrape_classic_histograms: 'native histograms',
  convert_classic_histograms_to_nhcb: 'native histograms',
  native_histogram_min_bucket_factor: 'native histograms',
  protobuf_message: 'remote write 2.0',
  send_exemplars: 'exemplars in remote write',
  send_native_histograms: 'native histograms in remote write',
  metadata_config: 'metadata in remote write',
  failed_request_logging: 'logging of single requests',
  write_relabel_configs: 'relabelling before remote write',
  min_shards: 'more than one shard from the start',
  sample_age_limit: 'dropping by age',
  consul_sd_configs: 'discovery',
  dns_sd_configs: 'discovery',
  http_sd_configs: 'discovery',
};

/** Accepted by Prometheus, which then fails at each send; refused here. */
const deliberate: Readonly<Record<string, string>> = {
  'config-authored-145': 'an empty remote_write URL, to which nothing can be sent',
  'config-file:remote_write_retry_on_rate_limit.good.yml': 'a remote_write URL without http://',
  'config-inline-002': 'a remote_write URL without http://',
};

describe.skipIf(!isThere)('recorded configurations', () => {
  test.each(casesOf('config_cases.jsonl'))('$id', (recorded: Recorded) => {
    const file = folder + (recorded.file ?? 'inline.yml');
    const text = recorded.yaml ?? readFileSync(file, 'utf8');
    const { config, problems } = answer(text, file);
    if (deliberate[recorded.id] !== undefined) expect(config).toBeUndefined();
    else if (recorded.expect.ok && config !== undefined) expectEffective(config, recorded);
    else if (recorded.expect.ok) expectOnlyUnsupported(problems);
    else if (config !== undefined) expectOnlyUnused(config, recorded.sections);
  });
});

function expectOnlyUnsupported(problems: ConfigProblem[]): void {
  for (const { path, message } of problems) {
    // The field itself, without the index or the name of data it ends with.
    const name = /([a-z_\d]+)(?:\[[^\]]*\])*$/.exec(path)?.[1] ?? '';
    const known = notSupportedYet[name] !== undefined || name.endsWith('_sd_configs');
    expect(known && /support/.test(message), `${path}: ${message}`).toBe(true);
  }
}

/** A fault in a section that means nothing to an agent passes, for the section is named as unused. */
function expectOnlyUnused(config: AgentConfig, faultyIn: readonly string[]): void {
  expect(config.unusedSections).toEqual(expect.arrayContaining([...faultyIn]));
  expect(faultyIn).not.toEqual([]);
}

function expectEffective(config: AgentConfig, { expect: expected }: Recorded): void {
  const effective = expected.effective;
  expect(config.scrapeConfigs.map(({ job }) => job.name)).toEqual(expected.jobs);
  const labels = Object.entries(effective.global?.external_labels ?? {});
  // No label has an empty value.
  expect(Object.entries(config.externalLabels).sort()).toEqual(
    labels.filter(([, value]) => value !== '').sort(),
  );
  expect(config.scrapeConfigs.map(shownScrapeConfig)).toEqual(
    (effective.scrape_configs ?? []).map(recordedScrapeConfig),
  );
  for (const [i, written] of (effective.remote_write ?? []).entries()) {
    const remoteWrite = config.remoteWrites[i]!;
    const { queue_config: queue } = written;
    expect(remoteWrite.url).toBe(written.url);
    if (written.name !== undefined) expect(remoteWrite.name).toBe(written.name);
    expect(remoteWrite.headers).toEqual(written.headers ?? {});
    // 0s, which it leaves out, is no time one could send in: the default.
    expect(formatDuration(remoteWrite.remoteTimeoutMs)).toBe(written.remote_timeout ?? '30s');
    expect(remoteWrite.queue).toMatchObject({
      capacity: queue.capacity,
      maxShards: queue.max_shards,
      maxSamplesPerSend: queue.max_samples_per_send,
      batchSendDeadlineMs: parseDuration(queue.batch_send_deadline),
      minBackoffMs: parseDuration(queue.min_backoff),
      maxBackoffMs: parseDuration(queue.max_backoff),
    });
  }
}

/** A scrape config and what Prometheus shows of its own, in one form. */
function shownScrapeConfig(config: ScrapeConfig): object {
  const { job } = config;
  return {
    interval: formatDuration(config.intervalMs),
    timeout: formatDuration(config.timeoutMs),
    path: config.metricsPath,
    scheme: config.scheme,
    params: config.params,
    honorLabels: job.honorLabels,
    honorTimestamps: job.honorTimestamps,
    compression: job.enableCompression,
    redirects: job.http.followRedirects,
    protocols: job.scrapeProtocols,
    fallback: job.fallbackScrapeProtocol,
    bodyBytes: job.bodySizeLimitBytes,
    samples: job.sampleLimit,
    rules: config.relabelRules,
    metricRules: job.metricRelabelRules,
    discoveries: config.discoveries,
  };
}

function recordedScrapeConfig(written: Recorded): object {
  return {
    interval: written.scrape_interval,
    timeout: written.scrape_timeout,
    path: written.metrics_path ?? '',
    scheme: written.scheme ?? '',
    params: written.params ?? {},
    honorLabels: written.honor_labels ?? false,
    honorTimestamps: written.honor_timestamps,
    compression: written.enable_compression,
    redirects: written.follow_redirects,
    protocols: written.scrape_protocols,
    fallback: written.fallback_scrape_protocol,
    bodyBytes: parseByteSize(written.body_size_limit ?? '0'),
    samples: written.sample_limit ?? 0,
    rules: (written.relabel_configs ?? []).map(recordedRule),
    metricRules: (written.metric_relabel_configs ?? []).map(recordedRule),
    discoveries: recordedDiscoveries(written),
  };
}

function recordedRule(rule: Recorded): object {
  return {
    sourceLabels: rule.source_labels ?? [],
    separator: rule.separator ?? '',
    regex: rule.regex ?? '(.*)',
    modulus: rule.modulus ?? 0,
    targetLabel: rule.target_label ?? '',
    replacement: rule.replacement ?? '',
    action: rule.action,
  };
}

function recordedDiscoveries(written: Recorded): DiscoveryConfig[] {
  const discoveries: DiscoveryConfig[] = [];
  if (written.static_configs?.length > 0) {
    const groups = written.static_configs.map(({ targets = [], labels = {} }) => ({
      targets,
      labels,
    }));
    discoveries.push({ kind: 'static', groups });
  }
  for (const { files, refresh_interval } of written.file_sd_configs ?? []) {
    discoveries.push({
      kind: 'file',
      files: files.map((file: string) => file.replace('BASE/', folder)),
      refreshIntervalMs: parseDuration(refresh_interval)!,
    });
  }
  return discoveries;
}
