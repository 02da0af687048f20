import type { AgentSummary, OwnedTarget } from './agent-api.js';
import type { AgentConfig } from './config/agent-config.js';
import type { Labels } from './model/labels.js';
import type { OutputStatus } from './outputs/output.js';
import type { OwnedTargets } from './pool/owned-targets.js';
import { type RelabelStep, relabelSteps } from './relabel/relabel-steps.js';
import type { ScrapePool } from './scrape/threads/scrape-pool.js';
import type { DroppedTarget, Target } from './targets/target.js';
import type { TargetBuilds } from './targets/target-builds.js';

/** Shown of a job whose keep_dropped_targets says nothing; all are counted. */
const mostDroppedTargets = 10_000;

export interface AgentViewParts {
  readonly owned: OwnedTargets;
  readonly builds: TargetBuilds;
  readonly scrapePool: ScrapePool;
  config(): AgentConfig;
  /** The service's own registry, where it is a target. */
  ownRegistry(): Target | undefined;
}

/** What the agent knows, for pages, APIs and logs: see the methods of the same names in agent-api.ts. */
export class AgentViews {
  readonly #parts: AgentViewParts;

  constructor(parts: AgentViewParts) {
    this.#parts = parts;
  }

  targets(): readonly OwnedTarget[] {
    const { owned, scrapePool, ownRegistry } = this.#parts;
    const own = ownRegistry();
    const targets = own === undefined ? [] : [own];
    for (const target of owned.values()) targets.push(target);
    return targets.map((target) => ({ target, status: scrapePool.status(target.id) }));
  }

  summary(): AgentSummary {
    const targets = this.targets();
    const { counters, outputs } = this.#parts.scrapePool.totals.sum();
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    return {
      targets: targets.length,
      targetsUp: targets.filter(({ status }) => status.health === 'up').length,
      series: counters.series,
      scrapes: counters.scrapes,
      scrapesFailed: sum(Object.values(counters.scrapesFailed)),
      samplesScraped: counters.samplesScraped,
      samplesSent: sum(outputs.map((output) => output.samplesSent)),
      samplesDropped: sum(outputs.flatMap((output) => Object.values(output.samplesDropped))),
    };
  }

  outputs(): readonly OutputStatus[] {
    return this.#parts.scrapePool.totals.sum().outputs;
  }

  jobs(): readonly string[] {
    return this.#parts.config().scrapeConfigs.map(({ job }) => job.name);
  }

  droppedTargets(job: string): readonly DroppedTarget[] {
    const most = this.#scrapeConfig(job)?.keepDroppedTargets || mostDroppedTargets;
    const dropped: DroppedTarget[] = [];
    for (const target of this.#parts.builds.dropped(job)) {
      if (dropped.push(target) >= most) break;
    }
    return dropped;
  }

  droppedTargetCounts(): ReadonlyMap<string, number> {
    return this.#parts.builds.droppedCounts();
  }

  relabelSteps(job: string, labels: Labels): readonly RelabelStep[] | undefined {
    const config = this.#scrapeConfig(job);
    return config && relabelSteps(config.relabelRules, labels, config.job.nameValidation);
  }

  #scrapeConfig(job: string) {
    return this.#parts.config().scrapeConfigs.find((one) => one.job.name === job);
  }
}
