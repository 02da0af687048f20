import type { AgentBlock, AgentConfig, PoolBlock, ScrapeConfig } from '../agent-config.js';
import { configInvalid } from '../problems/config-problem.js';
import type { Findings } from '../problems/findings.js';
import { unusedGlobalFields } from '../schema/global.js';
import { unusedSections } from '../schema/prometheus-fields.js';
import { buildRemoteWrites } from './build-remote-writes.js';
import { buildScrapeConfig } from './build-scrape-config.js';
import { checkLegacyLabels } from './check-legacy-names.js';
import { type CheckedSections, checkSections } from './check-sections.js';
import { expandVariables } from './expand-variables.js';
import { type ScrapeDefaults, scrapeDefaults } from './inherit-scrape-fields.js';

/** What a configuration depends on beside its text. */
export interface ConfigContext {
  /** Where relative paths start. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `agent.threads` where the configuration does not say. */
  readonly defaultThreads: number;
}

/** Checks the whole tree and fills in defaults; throws CONFIG_INVALID with all problems at once. */
export function buildConfig(findings: Findings, context: ConfigContext): AgentConfig {
  const config = assemble(checkSections(findings), findings, context);
  if (findings.problems.length > 0) throw configInvalid(findings.problems);
  return config;
}

function assemble(
  checked: CheckedSections,
  findings: Findings,
  context: ConfigContext,
): AgentConfig {
  const defaults = scrapeDefaults(checked.global ?? {}, context.folder, findings);
  const emptyVariables = new Set<string>();
  if (defaults.nameValidation === 'legacy')
    checkLegacyLabels(Object.keys(checked.global?.external_labels ?? {}), findings);
  return {
    file: findings.tree.file,
    externalLabels: expandLabels(
      checked.global?.external_labels ?? {},
      context.env,
      emptyVariables,
    ),
    scrapeConfigs: buildScrapeConfigs(checked, defaults, context.folder, findings),
    remoteWrites: buildRemoteWrites(checked.remoteWrites, context.folder, findings),
    agent: buildAgent(checked.agent ?? {}, defaults.intervalMs, context.defaultThreads),
    pool: buildPool(checked.pool),
    unusedSections: findUnused(findings),
    emptyVariables: [...emptyVariables],
  };
}

function buildScrapeConfigs(
  checked: CheckedSections,
  defaults: ScrapeDefaults,
  folder: string,
  findings: Findings,
): ScrapeConfig[] {
  const firstByName = new Map<string, number>();
  const configs: ScrapeConfig[] = [];
  for (const [i, written] of checked.scrapeConfigs.entries()) {
    if (written === undefined) continue;
    const path = ['scrape_configs', i];
    const name = written.job_name;
    const first = firstByName.get(name);
    if (first === undefined) firstByName.set(name, i);
    else
      findings.report(
        [...path, 'job_name'],
        `job ${JSON.stringify(name)} is there already, expected another name`,
      );
    configs.push(buildScrapeConfig(written, path, defaults, folder, findings));
  }
  return configs;
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
  intervalMs: number,
  defaultThreads: number,
): AgentBlock {
  const self = written.self ?? {};
  return {
    threads: written.threads ?? defaultThreads,
    threadMemoryBytes: written.thread_memory ?? defaultThreadMemoryBytes,
    allowLinkLocalRedirects: written.allow_link_local_redirects ?? false,
    self: {
      enabled: self.enabled ?? true,
      job: self.job,
      instance: self.instance,
      intervalMs: self.interval || intervalMs,
    },
  };
}

function buildPool(written: CheckedSections['pool']): PoolBlock | undefined {
  if (written === undefined || written === null) return undefined;
  return { name: written.name ?? 'default', engine: written.engine, static: written.static };
}

function findUnused(findings: Findings): string[] {
  const says = (...path: string[]): boolean => {
    const value = findings.tree.valueAt(path) ?? undefined;
    return (
      value !== undefined && (typeof value !== 'object' || Object.keys(value as object).length > 0)
    );
  };
  return [
    ...unusedSections.filter((name) => says(name)),
    ...unusedGlobalFields.filter((name) => says('global', name)).map((name) => `global.${name}`),
  ];
}
