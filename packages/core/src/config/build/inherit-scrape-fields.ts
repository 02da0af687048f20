import type { ScrapeProtocol } from '../../exposition/content-type.js';
import { defaultScrapeJob } from '../../targets/scrape-job.js';
import type { ScrapeDefaults } from '../agent-config.js';
import { formatDuration } from '../duration.js';
import type { Findings } from '../problems/findings.js';
import type { ConfigPath } from '../raw-tree.js';
import { fieldName } from '../schema/block.js';
import type { WrittenShared } from '../schema/global.js';
import { joinFolder } from './build-http-client.js';

/** Prometheus' defaults (config.go DefaultGlobalConfig). */
const builtIn: ScrapeDefaults = {
  ...defaultScrapeJob,
  intervalMs: 60_000,
  timeoutMs: 10_000,
  protocols: undefined,
  targetLimit: 0,
  keepDroppedTargets: 0,
};

/** The fields of `global`, checked, over Prometheus' defaults. */
export function scrapeDefaults(
  written: WrittenShared,
  folder: string,
  findings: Findings,
): ScrapeDefaults {
  return inheritScrapeFields(written, ['global'], builtIn, folder, findings);
}

/**
 * Shared fields over those they inherit from, checked. In a limit or a duration 0 is the same as no
 * value, as in Prometheus (config.go ScrapeConfig.Validate).
 */
export function inheritScrapeFields(
  written: WrittenShared,
  path: ConfigPath,
  above: ScrapeDefaults,
  folder: string,
  findings: Findings,
): ScrapeDefaults {
  const intervalMs = written.scrape_interval || above.intervalMs;
  checkTimeout(written.scrape_timeout, intervalMs, path, findings);
  checkProtocols(written.scrape_protocols, path, findings);
  const logFile = written.scrape_failure_log_file;
  return {
    intervalMs,
    timeoutMs: written.scrape_timeout || Math.min(above.timeoutMs, intervalMs),
    protocols: written.scrape_protocols ?? above.protocols,
    bodySizeLimitBytes: written.body_size_limit || above.bodySizeLimitBytes,
    sampleLimit: written.sample_limit || above.sampleLimit,
    targetLimit: written.target_limit || above.targetLimit,
    labelLimit: written.label_limit || above.labelLimit,
    labelNameLengthLimit: written.label_name_length_limit || above.labelNameLengthLimit,
    labelValueLengthLimit: written.label_value_length_limit || above.labelValueLengthLimit,
    keepDroppedTargets: written.keep_dropped_targets || above.keepDroppedTargets,
    ...inheritNames(written, above),
    scrapeNativeHistograms: written.scrape_native_histograms ?? above.scrapeNativeHistograms,
    convertClassicHistogramsToNhcb:
      written.convert_classic_histograms_to_nhcb ?? above.convertClassicHistogramsToNhcb,
    alwaysScrapeClassicHistograms:
      written.always_scrape_classic_histograms ?? above.alwaysScrapeClassicHistograms,
    extraScrapeMetrics: written.extra_scrape_metrics ?? above.extraScrapeMetrics,
    scrapeFailureLogFile: logFile ? joinFolder(folder, logFile) : above.scrapeFailureLogFile,
  };
}

/** An escaping follows from the validation that stands beside it, else it is inherited. */
function inheritNames(
  written: WrittenShared,
  above: ScrapeDefaults,
): Pick<ScrapeDefaults, 'nameValidation' | 'nameEscaping'> {
  const ownValidation = written.metric_name_validation_scheme || undefined;
  const inherited = ownValidation === undefined ? above.nameEscaping : undefined;
  const implied = ownValidation === 'legacy' ? 'underscores' : 'allow-utf-8';
  return {
    nameValidation: ownValidation ?? above.nameValidation,
    nameEscaping: written.metric_name_escaping_scheme || (inherited ?? implied),
  };
}

function checkTimeout(
  timeoutMs: number | undefined,
  intervalMs: number,
  path: ConfigPath,
  findings: Findings,
): void {
  const inherited = ['global', 'scrape_interval'];
  if (timeoutMs === undefined || timeoutMs <= intervalMs) return;
  if (findings.failed([...path, 'scrape_interval']) || findings.ofGlobal.failed(inherited)) return;
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
