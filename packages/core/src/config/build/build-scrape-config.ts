import { defaultScrapeJob, type ScrapeJob } from '../../targets/scrape-job.js';
import type { ScrapeConfig, ScrapeDefaults } from '../agent-config.js';
import type { Findings } from '../problems/findings.js';
import type { ConfigPath } from '../raw-tree.js';
import { fieldName } from '../schema/block.js';
import { toRelabelRule } from '../schema/relabel-rule.js';
import type { WrittenScrapeConfig } from '../schema/root.js';
import { buildDiscoveries } from './build-discoveries.js';
import { buildHttpClient } from './build-http-client.js';
import { checkDiscoveries } from './check-discoveries.js';
import { checkHttpClient } from './check-http-client.js';
import { checkLegacyRules } from './check-legacy-names.js';
import { inheritScrapeFields } from './inherit-scrape-fields.js';

/** A job with all that it inherits, checked; files are relative to `folder`. */
export function buildScrapeConfig(
  written: WrittenScrapeConfig,
  path: ConfigPath,
  defaults: ScrapeDefaults,
  folder: string,
  findings: Findings,
): ScrapeConfig {
  const shared = inheritScrapeFields(written, path, defaults, folder, findings);
  const config: ScrapeConfig = {
    file: findings.ofGlobal === findings ? undefined : findings.tree.file,
    job: buildJob(written, shared, folder),
    intervalMs: shared.intervalMs,
    timeoutMs: shared.timeoutMs,
    scheme: written.scheme ?? 'http',
    metricsPath: written.metrics_path ?? '/metrics',
    params: written.params ?? {},
    targetLimit: shared.targetLimit,
    keepDroppedTargets: shared.keepDroppedTargets,
    relabelRules: (written.relabel_configs ?? []).map(toRelabelRule),
    discoveries: buildDiscoveries(written, folder),
  };
  checkHttpClient(written, path, findings);
  checkDiscoveries(written, path, findings);
  checkNames(config, path, findings);
  return config;
}

function buildJob(written: WrittenScrapeConfig, shared: ScrapeDefaults, folder: string): ScrapeJob {
  const { intervalMs, timeoutMs, protocols, targetLimit, keepDroppedTargets, ...inherited } =
    shared;
  return {
    ...inherited,
    name: written.job_name,
    http: buildHttpClient(written, folder),
    honorLabels: written.honor_labels ?? false,
    honorTimestamps: written.honor_timestamps ?? true,
    trackTimestampsStaleness: written.track_timestamps_staleness ?? false,
    scrapeProtocols: protocols ?? defaultProtocols(shared.scrapeNativeHistograms),
    fallbackScrapeProtocol: written.fallback_scrape_protocol || undefined,
    nativeHistogramBucketLimit: written.native_histogram_bucket_limit ?? 0,
    nativeHistogramMinBucketFactor: written.native_histogram_min_bucket_factor ?? 0,
    enableCompression: written.enable_compression ?? true,
    metricRelabelRules: (written.metric_relabel_configs ?? []).map(toRelabelRule),
  };
}

/** Only protobuf carries native histograms, so that a job that wants them asks for it first. */
function defaultProtocols(scrapeNativeHistograms: boolean): ScrapeJob['scrapeProtocols'] {
  const { scrapeProtocols } = defaultScrapeJob;
  return scrapeNativeHistograms ? ['PrometheusProto', ...scrapeProtocols] : scrapeProtocols;
}

function checkNames(config: ScrapeConfig, path: ConfigPath, findings: Findings): void {
  const { job } = config;
  if (job.nameValidation !== 'legacy') return;
  checkLegacyRules(config.relabelRules, [...path, 'relabel_configs'], findings);
  checkLegacyRules(job.metricRelabelRules, [...path, 'metric_relabel_configs'], findings);
  if (job.nameEscaping !== 'allow-utf-8') return;
  const name = 'metric_name_escaping_scheme';
  const isOwn = findings.tree.valueAt([...path, name]) !== undefined;
  const at = isOwn ? [...path, name] : ['global', name];
  const judge = isOwn ? findings : findings.ofGlobal;
  if (judge.failed(at)) return;
  const scheme = fieldName('metric_name_validation_scheme');
  judge.report(at, `found allow-utf-8, expected another, for the ${scheme} is legacy`);
}
