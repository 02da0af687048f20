import { isDeepStrictEqual } from 'node:util';
import { CommentTable } from '../../exposition/comment-table.js';
import { SharedKeys } from '../../exposition/shared-keys.js';
import { Relabeller } from '../../relabel/relabeller.js';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import type { ShardBoot, ShardCounters } from '../messages.js';
import { LabelEncoder } from '../series/label-encoder.js';
import { hasNoLabelRules } from '../series/label-rules.js';
import type { OutputWish } from '../series/output-wish.js';
import { PlainSeries } from '../series/plain-series.js';
import { SeriesBudgets } from '../series/series-budget.js';
import { createSeriesPolicy } from '../series/series-policy.js';
import { jobOfPlan, makesSameSeries } from '../series/series-rules.js';
import { labelsOfPlan, type TargetPlan } from '../target-plan.js';
import { TargetSeries } from './target-series.js';

interface JobState {
  readonly job: ScrapeJob;
  readonly relabeller: Relabeller | undefined;
}

/** Makes the series of targets as their jobs and the external labels want them now. */
export class SeriesMaker {
  /** HELP and TYPE lines, which targets of one kind have in common. */
  readonly comments = new CommentTable();
  /** Texts of series. */
  readonly texts = new SharedKeys();
  /** What the labels of their series have in common. */
  readonly labels = new SharedKeys();
  readonly budgets: SeriesBudgets;
  /** Set by those who know the outputs. */
  readonly exemplars: OutputWish = { isWanted: false };
  /** When series began. */
  readonly starts: OutputWish = { isWanted: false };
  readonly #counters: ShardCounters;
  readonly #jobs = new Map<string, JobState>();
  /** What each target's series were made by. */
  readonly #madeBy = new WeakMap<TargetSeries, { job: ScrapeJob; encoder: LabelEncoder }>();
  #externalLabels: ShardBoot['externalLabels'];
  #encoder: LabelEncoder;

  constructor({ externalLabels, seriesLimits }: ShardBoot, counters: ShardCounters) {
    this.#counters = counters;
    this.budgets = new SeriesBudgets(seriesLimits);
    this.#externalLabels = externalLabels;
    this.#encoder = encoderOf(externalLabels);
  }

  /** What targets share. */
  get memoryBytes(): number {
    return this.comments.memoryBytes + this.texts.memoryBytes + this.labels.memoryBytes;
  }

  get externalLabels(): ShardBoot['externalLabels'] {
    return this.#externalLabels;
  }

  /** False when they are those of before. */
  setExternalLabels(externalLabels: ShardBoot['externalLabels']): boolean {
    if (isDeepStrictEqual(this.#externalLabels, externalLabels)) return false;
    this.#externalLabels = externalLabels;
    this.#encoder = encoderOf(externalLabels);
    return true;
  }

  /** Returns the keys of the jobs that are new or changed. */
  setJobs(jobs: readonly { key: string; job: ScrapeJob }[]): ReadonlySet<string> {
    const before = new Map(this.#jobs);
    this.#jobs.clear();
    const changed = new Set<string>();
    for (const { key, job } of jobs) {
      const known = before.get(key);
      const isSame = known !== undefined && isDeepStrictEqual(known.job, job);
      this.#jobs.set(key, isSame ? known : jobState(job));
      if (!isSame) changed.add(key);
    }
    return changed;
  }

  /** False once its job is gone. */
  knows(plan: TargetPlan): boolean {
    return this.#jobs.has(plan.job);
  }

  jobOf(plan: TargetPlan): ScrapeJob {
    return jobOfPlan(this.#stateOf(plan).job, plan);
  }

  create(plan: TargetPlan): TargetSeries {
    const targetLabels = labelsOfPlan(plan);
    const { relabeller } = this.#stateOf(plan);
    const job = this.jobOf(plan);
    const encoder = this.#encoder;
    const isPlain = relabeller === undefined && hasNoLabelRules(job);
    const series = new TargetSeries({
      targetId: plan.id,
      targetLabels,
      job,
      timeoutMs: plan.timeoutMs,
      decide: createSeriesPolicy({ targetLabels, job, relabeller, encoder }),
      plain: isPlain ? new PlainSeries(targetLabels, encoder) : undefined,
      encoder,
      comments: this.comments,
      texts: this.texts,
      labels: this.labels,
      counters: this.#counters,
      exemplars: this.exemplars,
      starts: this.starts,
      budget: this.budgets.ofTarget(plan.job),
    });
    this.#madeBy.set(series, { job, encoder });
    return series;
  }

  /**
   * The series of before where they are made as then. Otherwise new ones that know of them: what the
   * next scrape does not have any more gets its marker.
   */
  after(before: TargetSeries, plan: TargetPlan): TargetSeries {
    const { job, encoder } = this.#madeBy.get(before)!;
    if (encoder === this.#encoder && makesSameSeries(job, this.jobOf(plan))) return before;
    const series = this.create(plan);
    series.handover.take([...before.handover.known(), ...before.syntheticSeries()]);
    before.close();
    return series;
  }

  #stateOf(plan: TargetPlan): JobState {
    const state = this.#jobs.get(plan.job);
    if (state === undefined) throw new Error(`target ${plan.id} of unknown job ${plan.job}`);
    return state;
  }
}

function encoderOf(externalLabels: ShardBoot['externalLabels']): LabelEncoder {
  return new LabelEncoder(new Map(Object.entries(externalLabels)));
}

function jobState(job: ScrapeJob): JobState {
  const { metricRelabelRules, nameValidation } = job;
  const hasRules = metricRelabelRules.length > 0;
  return {
    job,
    relabeller: hasRules ? new Relabeller(metricRelabelRules, nameValidation) : undefined,
  };
}
