import { type Clock, systemClock, withinMs } from '../clock.js';
import type { ScrapeConfig } from '../config/agent-config.js';
import { loadConfigFile } from '../config/load-config.js';
import type { TargetGroup } from '../discovery/discovery.js';
import { DiscoveryManager } from '../discovery/discovery-manager.js';
import { messageOf, PromAgentError } from '../errors.js';
import { holdProcess } from '../hold-process.js';
import { silentLogger } from '../logger.js';
import type { Labels } from '../model/labels.js';
import { NumberList } from '../model/number-list.js';
import { atOnce, noEnd } from '../self/time-slice.js';
import type { TargetProblem } from '../targets/check-labels.js';
import { Entries } from '../targets/entries.js';
import { foundTargets } from '../targets/found-target.js';
import { isMetaLabel } from '../targets/hidden-labels.js';
import { TargetBuilder } from '../targets/target-builder.js';

/** What a job's discoveries found, and what relabelling made of it. */
export interface DiscoveryReport {
  readonly targets: readonly DiscoveredTarget[];
  /** Why some may be missing: a discovery failed, or had not answered in time. */
  readonly problem: string | undefined;
}

export interface DiscoveredTarget {
  readonly discoveredLabels: Labels;
  /** After relabelling, without `__meta_*`; empty when a rule dropped the target. */
  readonly labels: Labels;
  /** Why it could not be scraped. */
  readonly error: string | undefined;
}

export interface ServiceDiscoveryOptions {
  /** For the discoveries to answer. Default 30 s. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

/**
 * Runs the discoveries of one job once. Each pair of labels before and after is told once.
 * @throws PromAgentError CONFIG_UNREADABLE, CONFIG_INVALID; JOB_UNKNOWN with the `jobs` there are
 */
export async function checkServiceDiscovery(
  configFile: string,
  job: string,
  { timeoutMs = 30_000, clock = systemClock }: ServiceDiscoveryOptions = {},
): Promise<DiscoveryReport> {
  const { scrapeConfigs } = await loadConfigFile(configFile);
  const config = scrapeConfigs.find((one) => one.job.name === job);
  if (config === undefined) {
    const jobs = scrapeConfigs.map((one) => one.job.name);
    const message = `Job ${job} not found. Select one of:${jobs.map((name) => `\n\t${name}`).join('')}`;
    throw new PromAgentError('JOB_UNKNOWN', message, { data: { job, jobs } });
  }
  const release = holdProcess();
  try {
    const { groups, problem } = await discover(config, clock, timeoutMs);
    return { targets: describeTargets(config, groups), problem };
  } finally {
    release();
  }
}

async function discover(config: ScrapeConfig, clock: Clock, timeoutMs: number) {
  const job = config.job.name;
  let groups: readonly TargetGroup[] = [];
  const manager = new DiscoveryManager({
    jobs: [{ job, discoveries: config.discoveries }],
    clock,
    logger: silentLogger,
    onGroups: (_job, found) => {
      groups = found;
    },
  });
  const stop = new AbortController();
  const running = manager.run(stop.signal);
  let problem: string | undefined;
  await withinMs(clock, timeoutMs, manager.ready());
  if (!manager.isReady) problem = `not all discoveries have answered in ${timeoutMs / 1000} s`;
  const lastError = manager.lastError(job);
  if (lastError !== undefined) problem = messageOf(lastError);
  stop.abort();
  await withinMs(clock, 1_000, running);
  return { groups, problem };
}

function describeTargets(
  config: ScrapeConfig,
  groups: readonly TargetGroup[],
): readonly DiscoveredTarget[] {
  const builder = new TargetBuilder(config);
  const found = atOnce(foundTargets(groups, noEnd));
  const entries = new Entries();
  const rows = new NumberList();
  atOnce(builder.build(found, entries, rows, noEnd));
  const labels = builder.populate(found);
  const told = new Map<string, DiscoveredTarget>();
  for (const [i, one] of found.entries()) {
    const discoveredLabels = builder.discovered(one);
    const target = describeTarget(discoveredLabels, labels[i], entries.problemOf(rows.at(i)));
    const text = JSON.stringify([[...discoveredLabels], [...target.labels], target.error]);
    if (!told.has(text)) told.set(text, target);
  }
  return [...told.values()];
}

function describeTarget(
  discoveredLabels: Labels,
  labels: Labels | undefined,
  problem: TargetProblem | undefined,
): DiscoveredTarget {
  if (labels === undefined || problem !== undefined) {
    const error = problem?.reason === 'relabelling' ? undefined : problem?.message;
    return { discoveredLabels, labels: new Map(), error };
  }
  const shown = new Map([...labels].filter(([name]) => !isMetaLabel(name)));
  return { discoveredLabels, labels: shown, error: undefined };
}
