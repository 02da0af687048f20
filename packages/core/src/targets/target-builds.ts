import type { Clock } from '../clock.js';
import type { ScrapeConfig } from '../config/agent-config.js';
import type { TargetGroup } from '../discovery/discovery.js';
import type { Logger } from '../logger.js';
import { nextTurn, TimeSlice } from '../self/time-slice.js';
import { JobTargets } from './job-targets.js';
import type { DroppedTarget, Target } from './target.js';
import type { TargetChanges } from './target-changes.js';

/** Lines in the log for the invalid targets of one build; more are counted. */
const mostLogged = 10;
/** How long the event loop is held at a time; a run of the garbage collector may come on top. */
const sliceMs = 1;

export interface TargetBuildsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told what changed of a job, in one or more pieces. */
  onChanges(job: string, changes: TargetChanges): void;
}

/** The walk's step "build targets" for all jobs: one after another, in slices of the event loop. */
export class TargetBuilds {
  readonly #options: TargetBuildsOptions;
  readonly #slice: TimeSlice;
  readonly #jobs = new Map<string, JobTargets>();
  /** What each job was told of last. */
  readonly #groups = new Map<string, readonly TargetGroup[]>();
  /** Jobs to be built; of several reasons to do so the last groups count. */
  readonly #waiting = new Set<string>();
  readonly #leaving = new Set<string>();
  #running: Promise<void> | undefined;
  #isSliceOld = true;

  constructor(options: TargetBuildsOptions) {
    this.#options = options;
    this.#slice = new TimeSlice(options.clock, sliceMs);
  }

  /** A new job, or another configuration of one: all its targets are built anew. */
  setJob(config: ScrapeConfig): void {
    const { name } = config.job;
    const known = this.#jobs.get(name);
    this.#leaving.delete(name);
    if (known === undefined) this.#jobs.set(name, new JobTargets(config));
    else known.setConfig(config);
    if (this.#groups.has(name)) this.#build(name);
  }

  /** The job is gone, and with it all its targets. */
  removeJob(job: string): void {
    if (!this.#jobs.has(job)) return;
    this.#groups.delete(job);
    this.#leaving.add(job);
    this.#build(job);
  }

  /** All that the discoveries of a job know. What fits into one slice is done when this returns. */
  setGroups(job: string, groups: readonly TargetGroup[]): void {
    if (!this.#jobs.has(job) || this.#leaving.has(job)) return;
    this.#groups.set(job, groups);
    this.#build(job);
  }

  /** Resolves when nothing is left to build. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Of all jobs, made as they are asked for. Some may not have been told of yet. */
  *targets(): Generator<Target> {
    for (const job of this.#jobs.values()) yield* job.targets();
  }

  find(targetId: string): Target | undefined {
    for (const job of this.#jobs.values()) {
      const target = job.find(targetId);
      if (target !== undefined) return target;
    }
    return undefined;
  }

  targetCounts(): Map<string, number> {
    return new Map([...this.#jobs].map(([job, { size }]) => [job, size]));
  }

  droppedCounts(): Map<string, number> {
    return new Map([...this.#jobs].map(([job, { droppedCount }]) => [job, droppedCount]));
  }

  /** Why no target of the job is scraped; undefined when they are. */
  refusal(job: string): string | undefined {
    const targets = this.#jobs.get(job);
    if (targets?.isOverLimit !== true) return undefined;
    const { targetLimit } = targets.config;
    return `the job has ${targets.size} targets, more than its target_limit ${targetLimit}`;
  }

  /** The found targets of a job that are not scraped. */
  dropped(job: string): Iterable<DroppedTarget> {
    return this.#jobs.get(job)?.dropped() ?? [];
  }

  #build(job: string): void {
    this.#waiting.add(job);
    if (this.#running !== undefined) return;
    const work = this.#work();
    if (this.#runSlice(work)) return;
    this.#running = this.#runRest(work);
  }

  async #runRest(work: Iterator<undefined, undefined>): Promise<void> {
    do {
      await nextTurn();
      this.#slice.restart();
    } while (!this.#runSlice(work));
    this.#running = undefined;
  }

  /** Works until the slice is spent; true when all is done. */
  #runSlice(work: Iterator<undefined, undefined>): boolean {
    this.#renewSlice();
    do {
      if (work.next().done === true) return true;
    } while (!this.#slice.spent);
    return false;
  }

  /** Jobs that are told one after another in one turn of the loop share one slice. */
  #renewSlice(): void {
    if (!this.#isSliceOld) return;
    this.#isSliceOld = false;
    this.#slice.restart();
    setImmediate(() => {
      this.#isSliceOld = true;
    });
  }

  *#work(): Generator<undefined, undefined> {
    for (const job of this.#waiting) {
      this.#waiting.delete(job);
      const targets = this.#jobs.get(job)!;
      const groups = this.#groups.get(job);
      for (const piece of targets.update(groups ?? [], this.#slice)) {
        if (piece !== undefined) this.#options.onChanges(job, piece);
        yield;
      }
      this.#sayWhatIsInvalid(targets);
      if (groups === undefined && this.#leaving.delete(job)) this.#jobs.delete(job);
    }
    return undefined;
  }

  #sayWhatIsInvalid(targets: JobTargets): void {
    const { logger } = this.#options;
    const invalid = targets.takeInvalid();
    for (const { job, message, discoveredLabels } of invalid.slice(0, mostLogged)) {
      const address = discoveredLabels.get('__address__');
      logger.warn({ job, address, problem: message }, 'a target is not scraped');
    }
    if (invalid.length > mostLogged) {
      const job = targets.config.job.name;
      const more = invalid.length - mostLogged;
      logger.warn({ job, targets: more }, 'more targets are not scraped for reasons like these');
    }
  }
}
