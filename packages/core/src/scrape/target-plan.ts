import { type PackedLabels, unpackLabels } from '../model/packed-labels.js';
import type { HistogramSettings } from '../targets/histogram-settings.js';
import type { Target } from '../targets/target.js';
import { targetPhaseMs } from '../targets/target-phase.js';
import type { TargetRefusal } from './target-refusal.js';

/**
 * What a scrape thread is told of one target. Plain data, immutable; running state is elsewhere
 * (target-series.ts, scrape-loop.ts).
 */
export interface TargetPlan {
  readonly id: string;
  /** Key into the jobs the thread was sent. */
  readonly job: string;
  readonly url: string;
  /** Packed of those that came so: packed-plans.ts. */
  readonly labels: PackedLabels | Iterable<readonly [name: string, value: string]>;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Offset of the target's ticks on the epoch grid: targets/target-phase.ts. */
  readonly phaseMs: number;
  /** `pushed`: its bodies come from the main thread (the service's own registry), not by HTTP. */
  readonly source: 'http' | 'pushed';
  /** In place of the job's, where relabelling set others for this target. */
  readonly histograms?: HistogramSettings | undefined;
  /** Each of its ticks gives `up 0`. */
  readonly refusal?: TargetRefusal | undefined;
}

/** A target as the main thread keeps it: what a thread is told of it is made each time one is told. */
export type KeptTarget = Target | PlannedTarget;

/** One whose plan is not what the target alone says. */
export interface PlannedTarget extends Pick<TargetPlan, 'id' | 'job' | 'url' | 'intervalMs'> {
  plan(): TargetPlan;
}

/** One that may not be scraped now. */
export class RefusedTarget implements PlannedTarget {
  readonly #target: KeptTarget;
  readonly #refusal: TargetRefusal;

  constructor(target: KeptTarget, refusal: TargetRefusal) {
    this.#target = target;
    this.#refusal = refusal;
  }

  get id(): string {
    return this.#target.id;
  }

  get job(): string {
    return this.#target.job;
  }

  get url(): string {
    return this.#target.url;
  }

  get intervalMs(): number {
    return this.#target.intervalMs;
  }

  plan(): TargetPlan {
    return { ...planOf(this.#target), refusal: this.#refusal };
  }
}

export function planOf(target: KeptTarget): TargetPlan {
  return 'plan' in target ? target.plan() : httpPlan(target);
}

function httpPlan(target: Target): TargetPlan {
  const { id, job, url, labels, intervalMs, timeoutMs, histograms } = target;
  return {
    id,
    job,
    url,
    labels,
    intervalMs,
    timeoutMs,
    phaseMs: targetPhaseMs(id, intervalMs),
    source: 'http',
    histograms,
  };
}

export function labelsOfPlan({ labels }: TargetPlan): Map<string, string> {
  return typeof labels === 'string' ? unpackLabels(labels) : new Map(labels);
}
