import { dirname, resolve } from 'node:path';
import type { DurableQueueOptions } from '../../outputs/queue/queue-options.js';
import type {
  AgentBlock,
  AgentConfig,
  PoolBlock,
  ScrapeConfig,
  ScrapeDefaults,
  UnusedSection,
} from '../agent-config.js';
import { configInvalid } from '../problems/config-problem.js';
import { Findings } from '../problems/findings.js';
import type { YamlText } from '../read-yaml.js';
import { unusedGlobalFields } from '../schema/global.js';
import { unusedSections } from '../schema/prometheus-fields.js';
import { joinFolder } from './build-http-client.js';
import { buildKafkaWrites } from './build-kafka-writes.js';
import { buildPushgatewayWrites } from './build-pushgateway-writes.js';
import { buildRemoteWrites } from './build-remote-writes.js';
import { buildScrapeConfig } from './build-scrape-config.js';
import { checkLegacyLabels } from './check-legacy-names.js';
import { type CheckedSections, checkIncluded, checkSections } from './check-sections.js';
import { expandVariables } from './expand-variables.js';
import { scrapeDefaults } from './inherit-scrape-fields.js';

/** What a configuration depends on beside its text. */
export interface ConfigContext {
  /** Where relative paths start. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `agent.threads` where the configuration does not say. */
  readonly defaultThreads: number;
  /** `agent.queue.path` where the configuration does not say. */
  readonly defaultQueuePath: string | undefined;
}

/** A file of `scrape_config_files` as read. */
export interface IncludedFile {
  readonly file: string;
  readonly yaml: YamlText;
}

/**
 * Checks the whole tree, and those of `scrape_config_files`, and fills in defaults; throws
 * CONFIG_INVALID with all problems at once.
 */
export function buildConfig(
  findings: Findings,
  context: ConfigContext,
  included: readonly IncludedFile[] = [],
): AgentConfig {
  const files = included.map(({ yaml }) => new Findings(yaml.tree, yaml.problems, findings));
  const config = assemble(checkSections(findings), findings, files, context);
  const problems = [findings, ...files].flatMap((file) => file.problems);
  if (problems.length > 0) throw configInvalid(problems);
  return config;
}

function assemble(
  checked: CheckedSections,
  findings: Findings,
  included: readonly Findings[],
  context: ConfigContext,
): AgentConfig {
  const { folder } = context;
  const defaults = scrapeDefaults(checked.global ?? {}, folder, findings);
  const emptyVariables = new Set<string>();
  const externalLabels = checked.global?.external_labels ?? {};
  if (defaults.nameValidation === 'legacy')
    checkLegacyLabels(Object.keys(externalLabels), findings);
  const jobs = new ScrapeConfigs(defaults);
  jobs.add(checked.scrapeConfigs, folder, findings);
  for (const file of included) jobs.add(checkIncluded(file), folderOf(file.tree.file!), file);
  const remoteWrites = buildRemoteWrites(
    checked.remoteWrites,
    folder,
    defaults.nameValidation,
    findings,
  );
  const kafkaWrites = buildKafkaWrites(
    checked.kafkaWrites,
    remoteWrites.map(({ name }) => name),
    folder,
    defaults.nameValidation,
    findings,
  );
  const expandedLabels = expandLabels(externalLabels, context.env, emptyVariables);
  return {
    file: findings.tree.file,
    scrapeDefaults: defaults,
    externalLabels: expandedLabels,
    scrapeConfigFiles: checked.scrapeConfigFiles.map((pattern) => joinFolder(folder, pattern)),
    includedFiles: included.map(({ tree }) => tree.file!),
    scrapeConfigs: jobs.built,
    remoteWrites,
    kafkaWrites,
    pushgatewayWrites: buildPushgatewayWrites(
      checked.pushgatewayWrites,
      [...remoteWrites, ...kafkaWrites].map(({ name }) => name),
      folder,
      expandedLabels,
      findings,
    ),
    agent: buildAgent(checked.agent ?? {}, defaults, context),
    pool: buildPool(checked.pool),
    unusedSections: [...findUnused(findings), ...included.flatMap(unreadDocument)],
    emptyVariables: [...emptyVariables],
  };
}

/** Relative where the file is: paths show in labels (`__meta_filepath`), as Prometheus joins them. */
export function folderOf(file: string): string {
  return dirname(file);
}

/** The jobs of all files; each name stands for one. */
class ScrapeConfigs {
  readonly built: ScrapeConfig[] = [];
  readonly #defaults: ScrapeDefaults;
  readonly #files = new Map<string, string | undefined>();

  constructor(defaults: ScrapeDefaults) {
    this.#defaults = defaults;
  }

  add(configs: CheckedSections['scrapeConfigs'], folder: string, findings: Findings): void {
    for (const [i, written] of configs.entries()) {
      if (written === undefined) continue;
      const path = ['scrape_configs', i];
      const name = written.job_name;
      if (this.#files.has(name)) {
        const before = this.#files.get(name);
        const where = before === findings.tree.file ? 'there' : `in ${before}`;
        findings.report(
          [...path, 'job_name'],
          `job ${JSON.stringify(name)} is ${where} already, expected another name`,
        );
      } else this.#files.set(name, findings.tree.file);
      this.built.push(buildScrapeConfig(written, path, this.#defaults, folder, findings));
    }
  }
}

/** As Prometheus; a label that comes out empty is no label. */
function expandLabels(
  labels: Readonly<Record<string, string>>,
  env: ConfigContext['env'],
  emptyVariables: Set<string>,
): Record<string, string> {
  const lookUp = (name: string): string => {
    if (name === '$') return '$';
    const value = env[name] ?? '';
    if (value === '') emptyVariables.add(name);
    return value;
  };
  const expanded = Object.entries(labels).map(([name, value]) => [
    name,
    expandVariables(value, lookUp),
  ]);
  return Object.fromEntries(expanded.filter(([, value]) => value !== ''));
}

const defaultThreadMemoryBytes = 512 * 2 ** 20;

function buildAgent(
  written: NonNullable<CheckedSections['agent']>,
  defaults: ScrapeDefaults,
  context: ConfigContext,
): AgentBlock {
  const self = written.self ?? {};
  return {
    threads: written.threads ?? context.defaultThreads,
    threadMemoryBytes: written.thread_memory ?? defaultThreadMemoryBytes,
    seriesLimit: written.series_limit ?? 0,
    jobSeriesLimit: written.job_series_limit ?? 0,
    targetSeriesLimit: written.target_series_limit ?? 0,
    allowLinkLocalRedirects: written.allow_link_local_redirects ?? false,
    self: {
      enabled: self.enabled ?? true,
      job: self.job,
      instance: self.instance,
      intervalMs: self.interval || defaults.intervalMs,
      scrapeNativeHistograms: self.scrape_native_histograms ?? defaults.scrapeNativeHistograms,
      alwaysScrapeClassicHistograms:
        self.always_scrape_classic_histograms ?? defaults.alwaysScrapeClassicHistograms,
    },
    queue: buildQueue(written.queue ?? {}, context),
  };
}

const defaultQueueBytes = 2 ** 30;
const defaultQueueAgeMs = 24 * 60 * 60_000;

/** Without a directory there is no durable queue. */
function buildQueue(
  written: NonNullable<NonNullable<CheckedSections['agent']>['queue']>,
  { folder, defaultQueuePath }: ConfigContext,
): DurableQueueOptions | undefined {
  const path =
    written.path === undefined
      ? defaultQueuePath && resolve(defaultQueuePath)
      : resolve(folder, written.path);
  if (path === undefined) return undefined;
  return {
    path,
    maxBytes: written.max_bytes ?? defaultQueueBytes,
    maxAgeMs: written.max_age || defaultQueueAgeMs,
    order: written.order ?? 'per_series',
    fsync: written.fsync ?? 'interval',
  };
}

function buildPool(written: CheckedSections['pool']): PoolBlock | undefined {
  if (written === undefined || written === null) return undefined;
  return { name: written.name ?? 'default', engine: written.engine, static: written.static };
}

function findUnused(findings: Findings): UnusedSection[] {
  const says = (...path: string[]): boolean => {
    const value = findings.tree.valueAt(path) ?? undefined;
    return (
      value !== undefined && (typeof value !== 'object' || Object.keys(value as object).length > 0)
    );
  };
  const place = (...path: string[]) => findings.tree.originsAlong(path).at(-1)?.key;
  return [
    ...unreadDocument(findings),
    ...unusedSections.filter((name) => says(name)).map((name) => ({ name, place: place(name) })),
    ...unusedGlobalFields
      .filter((name) => says('global', name))
      .map((name) => ({ name: `global.${name}`, place: place('global', name) })),
  ];
}

/** The next one of several YAML documents: only the first of a file is read. */
function unreadDocument({ tree, ofGlobal }: Findings): UnusedSection[] {
  const place = tree.second;
  if (place === undefined) return [];
  const name = `the YAML document in line ${place.line}`;
  return [{ name: tree === ofGlobal.tree ? name : `${name} of ${tree.file}`, place }];
}
