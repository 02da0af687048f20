import { resolve } from 'node:path';
import type { ScrapeProtocol } from '../../exposition/content-type.js';
import { plainHttpClient } from '../../http-client/http-client-config.js';
import { defaultScrapeJob, type ScrapeJob } from '../../targets/scrape-job.js';
import type { DiscoveryConfig, ScrapeConfig } from '../agent-config.js';
import { formatDuration } from '../duration.js';
import type { Findings } from '../problems/findings.js';
import type { ConfigPath } from '../raw-tree.js';
import { fieldName } from '../schema/block.js';
import { toRelabelRule } from '../schema/relabel-rule.js';
import type { WrittenGlobal, WrittenScrapeConfig } from '../schema/root.js';

/** What jobs inherit from `global`; a 0 in a job means the same as no value, as in Prometheus. */
export interface ScrapeDefaults {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly protocols: readonly ScrapeProtocol[];
  readonly bodySizeLimitBytes: number;
  readonly sampleLimit: number;
}

export function scrapeDefaults(
  global: WrittenGlobal | null | undefined,
  findings: Findings,
): ScrapeDefaults {
  const intervalMs = global?.scrape_interval || 60_000;
  checkTimeout(global?.scrape_timeout, intervalMs, ['global'], findings);
  checkProtocols(global?.scrape_protocols, ['global'], findings);
  return {
    intervalMs,
    timeoutMs: global?.scrape_timeout || Math.min(10_000, intervalMs),
    protocols: global?.scrape_protocols ?? defaultScrapeJob.scrapeProtocols,
    bodySizeLimitBytes: global?.body_size_limit ?? 0,
    sampleLimit: global?.sample_limit ?? 0,
  };
}

export function buildScrapeConfig(
  written: WrittenScrapeConfig,
  path: ConfigPath,
  defaults: ScrapeDefaults,
  folder: string,
  findings: Findings,
): ScrapeConfig {
  const intervalMs = written.scrape_interval || defaults.intervalMs;
  checkTimeout(written.scrape_timeout, intervalMs, path, findings);
  checkProtocols(written.scrape_protocols, path, findings);
  checkTargets(written, path, findings);
  checkFileDiscoveries(written, path, findings);
  return {
    job: buildJob(written, defaults),
    intervalMs,
    timeoutMs: written.scrape_timeout || Math.min(defaults.timeoutMs, intervalMs),
    scheme: written.scheme ?? 'http',
    metricsPath: written.metrics_path ?? '/metrics',
    params: written.params ?? {},
    relabelRules: (written.relabel_configs ?? []).map(toRelabelRule),
    discoveries: buildDiscoveries(written, folder),
  };
}

function buildJob(written: WrittenScrapeConfig, defaults: ScrapeDefaults): ScrapeJob {
  return {
    ...defaultScrapeJob,
    name: written.job_name,
    http: { ...plainHttpClient, followRedirects: written.follow_redirects ?? true },
    honorLabels: written.honor_labels ?? false,
    honorTimestamps: written.honor_timestamps ?? true,
    scrapeProtocols: written.scrape_protocols ?? defaults.protocols,
    fallbackScrapeProtocol: written.fallback_scrape_protocol || undefined,
    enableCompression: written.enable_compression ?? true,
    bodySizeLimitBytes: written.body_size_limit || defaults.bodySizeLimitBytes,
    sampleLimit: written.sample_limit || defaults.sampleLimit,
    metricRelabelRules: (written.metric_relabel_configs ?? []).map(toRelabelRule),
  };
}

function buildDiscoveries(written: WrittenScrapeConfig, folder: string): DiscoveryConfig[] {
  const discoveries: DiscoveryConfig[] = [];
  const groups = written.static_configs ?? [];
  if (groups.length > 0) {
    discoveries.push({
      kind: 'static',
      groups: groups.map(({ targets, labels }) => ({
        targets: targets ?? [],
        labels: labels ?? {},
      })),
    });
  }
  for (const { files, refresh_interval } of written.file_sd_configs ?? []) {
    discoveries.push({
      kind: 'file',
      files: (files ?? []).map((file) => resolve(folder, file)),
      refreshIntervalMs: refresh_interval || 300_000,
    });
  }
  return discoveries;
}

function checkTimeout(
  timeoutMs: number | undefined,
  intervalMs: number,
  path: ConfigPath,
  findings: Findings,
): void {
  const inherited = ['global', 'scrape_interval'];
  if (timeoutMs === undefined || timeoutMs <= intervalMs) return;
  if (findings.failed([...path, 'scrape_interval']) || findings.failed(inherited)) return;
  const most = `at most the ${fieldName('scrape_interval')} of ${formatDuration(intervalMs)}`;
  findings.report(
    [...path, 'scrape_timeout'],
    `found ${formatDuration(timeoutMs)}, expected ${most}`,
  );
}

function checkProtocols(
  protocols: readonly ScrapeProtocol[] | null | undefined,
  path: ConfigPath,
  findings: Findings,
): void {
  const at = [...path, 'scrape_protocols'];
  if (protocols?.length === 0) findings.expected(at, 'at least one protocol');
  for (const [i, protocol] of protocols?.entries() ?? []) {
    if (protocols!.indexOf(protocol) < i)
      findings.report([...at, i], `${protocol} is listed twice`);
  }
}

/** Prometheus lets a path pass where rules may still take it out of the address. */
function checkTargets(written: WrittenScrapeConfig, path: ConfigPath, findings: Findings): void {
  const rules = findings.tree.valueAt([...path, 'relabel_configs']);
  if (Array.isArray(rules) && rules.length > 0) return;
  for (const [i, { targets }] of (written.static_configs ?? []).entries()) {
    for (const [j, target] of (targets ?? []).entries()) {
      if (!target.includes('/')) continue;
      const how = `put the rest of a URL into ${fieldName('scheme')} and ${fieldName('metrics_path')}`;
      findings.expected([...path, 'static_configs', i, 'targets', j], `host:port alone: ${how}`);
    }
  }
}

function checkFileDiscoveries(
  written: WrittenScrapeConfig,
  path: ConfigPath,
  findings: Findings,
): void {
  for (const [i, { files }] of (written.file_sd_configs ?? []).entries()) {
    if ((files ?? []).length > 0) continue;
    findings.expected([...path, 'file_sd_configs', i, 'files'], 'a list of at least one path');
  }
}
