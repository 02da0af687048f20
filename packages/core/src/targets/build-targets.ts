import type { ScrapeConfig } from '../config/agent-config.js';
import type { TargetGroup } from '../discovery/discovery.js';
import type { Labels } from '../model/labels.js';
import type { Relabeller } from '../relabel/relabeller.js';
import { checkLabels, type TargetProblem } from './check-labels.js';
import { discoveredLabels, labelsOfJob } from './discovered-labels.js';
import { addressLabel, isHiddenLabel } from './hidden-labels.js';
import { type ScrapeTimes, ScrapeTimesReader } from './scrape-times.js';
import type { DroppedTarget, Target } from './target.js';
import { targetId } from './target-id.js';
import { targetUrl } from './target-url.js';

export interface BuiltTargets {
  readonly targets: Target[];
  readonly dropped: DroppedTarget[];
}

/**
 * Turns what the discoveries of a job found into targets, as Prometheus' PopulateLabels does
 * (scrape/target.go). A second target with the same URL and labels is dropped as a duplicate.
 *
 * @param relabeller of the job's relabel_configs
 */
export function buildTargets(
  config: ScrapeConfig,
  groups: readonly TargetGroup[],
  relabeller: Relabeller,
): BuiltTargets {
  const builder = new TargetBuilder(config, relabeller);
  for (const group of groups) {
    for (const labels of group.targets) builder.add(labels, group.labels);
  }
  return { targets: builder.targets, dropped: builder.dropped };
}

class TargetBuilder {
  readonly targets: Target[] = [];
  readonly dropped: DroppedTarget[] = [];
  readonly #config: ScrapeConfig;
  readonly #relabeller: Relabeller;
  readonly #jobLabels: Labels;
  readonly #times = new ScrapeTimesReader();
  readonly #ids = new Set<string>();

  constructor(config: ScrapeConfig, relabeller: Relabeller) {
    this.#config = config;
    this.#relabeller = relabeller;
    this.#jobLabels = labelsOfJob(config);
  }

  add(targetLabels: Labels, groupLabels: Labels): void {
    const discovered = discoveredLabels(targetLabels, groupLabels, this.#jobLabels);
    const problem = this.#build(discovered);
    if (problem === undefined) return;
    this.dropped.push({ job: this.#config.job.name, discoveredLabels: discovered, ...problem });
  }

  #build(discovered: Labels): TargetProblem | undefined {
    const relabelled = this.#relabeller.apply(discovered);
    if (relabelled === undefined) {
      return { reason: 'relabelling', message: 'a rule of relabel_configs dropped it' };
    }
    const labels = withInstance(relabelled);
    const problem = checkLabels(labels);
    if (problem !== undefined) return problem;
    const times = this.#times.read(labels);
    if (typeof times === 'string') return { reason: 'invalid', message: times };
    return this.#add(discovered, labels, times);
  }

  #add(discovered: Labels, labels: Labels, times: ScrapeTimes): TargetProblem | undefined {
    const job = this.#config.job.name;
    const url = targetUrl(labels, this.#config.params);
    const id = targetId(job, url, labels);
    if (this.#ids.has(id)) {
      return { reason: 'duplicate', message: `the job has ${url} with the same labels already` };
    }
    this.#ids.add(id);
    const shown = new Map([...labels].filter(([name]) => !isHiddenLabel(name)));
    this.targets.push({ id, job, url, labels: shown, discoveredLabels: discovered, ...times });
    return undefined;
  }
}

function withInstance(labels: Labels): Labels {
  const address = labels.get(addressLabel);
  if (address === undefined || labels.has('instance')) return labels;
  return new Map(labels).set('instance', address);
}
