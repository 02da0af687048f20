import { readFile, stat } from 'node:fs/promises';
import type { AgentConfig, DiscoveryConfig, ScrapeConfig } from '../config/agent-config.js';
import { formatDuration } from '../config/duration.js';
import { loadConfigFile } from '../config/load-config.js';
import type { ConfigProblem } from '../config/problems/config-problem.js';
import type { TargetGroup } from '../discovery/discovery.js';
import { matchingFiles } from '../discovery/file/matching-files.js';
import { parseTargetGroupFile } from '../discovery/file/parse-target-group-file.js';
import { targetGroup } from '../discovery/target-group.js';
import { messageOf, PromAgentError } from '../errors.js';
import { buildTargets } from '../targets/build-targets.js';
import { type ConfigLint, type ConfigReport, ReportBuilder } from './config-report.js';
import {
  filesOfJob,
  filesOfKafkaWrites,
  filesOfPushgatewayWrites,
  filesOfRemoteWrites,
  type ReferencedFile,
} from './referenced-files.js';

export interface ConfigCheckOptions {
  /** Open none of the files the configuration names. Default false. */
  readonly syntaxOnly?: boolean;
  /** Refuse what Prometheus' agent mode refuses: alerting, rule_files, remote_read. Default false. */
  readonly agentMode?: boolean;
  readonly lints?: readonly ConfigLint[];
}

/** Prometheus' default --query.lookback-delta: a series seen less often has gaps. */
const lookbackMs = 300_000;

/**
 * What `promtool check config` would say of a prometheus.yml, and a little more: the configuration,
 * the files it names, the targets it lists. Never throws for what is wrong with them.
 */
export async function checkConfigFile(
  file: string,
  options: ConfigCheckOptions = {},
): Promise<ConfigReport> {
  const report = new ReportBuilder(file);
  try {
    await checkLoaded(await loadConfigFile(file), options, report);
  } catch (error) {
    if (!PromAgentError.is(error)) throw error;
    const problems = error.data['problems'] as readonly ConfigProblem[] | undefined;
    if (problems === undefined) refuseUnreadable(error, report);
    else report.problems.push(...problems);
  }
  return report.build();
}

/** CONFIG_UNREADABLE: of the file itself, or of one of its scrape_config_files. */
function refuseUnreadable({ data }: PromAgentError, report: ReportBuilder): void {
  report.refuse(String(data['file']), `cannot be read: ${data['why']}`);
}

async function checkLoaded(
  config: AgentConfig,
  options: ConfigCheckOptions,
  report: ReportBuilder,
): Promise<void> {
  checkUnused(config, options.agentMode ?? false, report);
  if (!(options.syntaxOnly ?? false)) {
    await checkIncludes(config, report);
    await checkFiles(filesOfRemoteWrites(config), 'remote_write', report);
    await checkFiles(filesOfKafkaWrites(config), 'kafka_write', report);
    await checkFiles(filesOfPushgatewayWrites(config), 'pushgateway_write', report);
  }
  for (const scrapeConfig of config.scrapeConfigs) await checkJob(scrapeConfig, options, report);
}

const refusedByAgentMode = ['alerting', 'rule_files', 'remote_read'];

function checkUnused(
  { unusedSections }: AgentConfig,
  agentMode: boolean,
  report: ReportBuilder,
): void {
  for (const { name, place } of unusedSections) {
    if (agentMode && refusedByAgentMode.includes(name))
      report.refuse(report.file, `field ${name} is not allowed in agent mode`, place);
    else report.warnings.push(`${name} means nothing to an agent`);
  }
}

async function checkIncludes(config: AgentConfig, report: ReportBuilder): Promise<void> {
  for (const pattern of config.scrapeConfigFiles) {
    if ((await matchingFiles(pattern)).length > 0) continue;
    report.warnings.push(`no file matches ${JSON.stringify(pattern)} of scrape_config_files`);
  }
}

async function checkJob(
  config: ScrapeConfig,
  options: ConfigCheckOptions,
  report: ReportBuilder,
): Promise<void> {
  const { name } = config.job;
  const owner = `scrape job ${JSON.stringify(name)}`;
  const syntaxOnly = options.syntaxOnly ?? false;
  if (!syntaxOnly) await checkFiles(filesOfJob(config), owner, report);
  const groups: TargetGroup[] = [];
  for (const discovery of config.discoveries) {
    if (discovery.kind === 'static') groups.push(...staticGroups(discovery));
    else if (discovery.kind === 'file' && !syntaxOnly)
      for (const pattern of discovery.files)
        groups.push(...(await fileGroups(pattern, owner, report)));
  }
  checkTargets(config, groups, options.lints ?? [], report);
  if (config.intervalMs < lookbackMs || !options.lints?.includes('too-long-scrape-interval'))
    return;
  const interval = formatDuration(config.intervalMs);
  report.findings.push({
    lint: 'too-long-scrape-interval',
    job: name,
    message: `too long scrape interval found, data point will be marked as stale - job: ${name}, interval: ${interval}`,
  });
}

async function checkFiles(
  files: readonly ReferencedFile[],
  owner: string,
  report: ReportBuilder,
): Promise<void> {
  for (const { path, what, isRequired } of files) {
    const fault = await stat(path).then(() => undefined, messageOf);
    if (fault === undefined) continue;
    const words = `${JSON.stringify(path)} of ${owner}`;
    if (isRequired) report.refuse(report.file, `error checking ${what} ${words}: ${fault}`);
    else report.warnings.push(`${what} ${words} cannot be read: ${fault}`);
  }
}

function staticGroups({ groups }: DiscoveryConfig & { kind: 'static' }): TargetGroup[] {
  return groups.map(({ targets, labels }, i) =>
    targetGroup(String(i), targets, Object.entries(labels)),
  );
}

async function fileGroups(
  pattern: string,
  owner: string,
  report: ReportBuilder,
): Promise<TargetGroup[]> {
  const groups: TargetGroup[] = [];
  const files = await matchingFiles(pattern);
  for (const file of files) {
    try {
      groups.push(...parseTargetGroupFile(file, await readFile(file)));
    } catch (error) {
      report.refuse(file, `checking SD file of ${owner}: ${messageOf(error)}`);
    }
  }
  if (files.length === 0) {
    const name = JSON.stringify(pattern);
    report.warnings.push(`file ${name} for file_sd in ${owner} does not exist`);
  }
  return groups;
}

function checkTargets(
  config: ScrapeConfig,
  groups: readonly TargetGroup[],
  lints: readonly ConfigLint[],
  report: ReportBuilder,
): void {
  const { name } = config.job;
  for (const { reason, message, discoveredLabels } of buildTargets(config, groups).dropped) {
    const address = JSON.stringify(discoveredLabels.get('__address__') ?? '');
    const target = `target ${address} of scrape job ${JSON.stringify(name)}`;
    if (reason === 'no_address' || reason === 'invalid')
      report.refuse(report.file, `${target}: ${message}`);
    else if (reason === 'duplicate' && lints.includes('duplicate-targets'))
      report.findings.push({
        lint: 'duplicate-targets',
        job: name,
        message: `${target} is there twice`,
      });
  }
}
