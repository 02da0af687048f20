import type { DroppedTarget, Target } from '../targets/target.js';
import { type TargetChanges, TargetSet } from '../targets/target-set.js';

/** What decides which targets are this member's; without a pool, all are. */
export interface Ownership {
  owns(targetId: string): boolean;
}

/**
 * All targets of all jobs, and the ones among them that this member scrapes: the walk's step "own".
 * The service's own /metrics is never among them once its registry is a target by itself.
 */
export class OwnedTargets {
  readonly #ownership: Ownership | undefined;
  readonly #byJob = new Map<string, readonly Target[]>();
  readonly #droppedByJob = new Map<string, readonly DroppedTarget[]>();
  readonly #mine = new TargetSet();
  readonly #ownUrls = new Set<string>();

  constructor(ownership: Ownership | undefined) {
    this.#ownership = ownership;
  }

  /** A job's targets changed: what that means for this member. */
  setJob(
    job: string,
    targets: readonly Target[],
    dropped: readonly DroppedTarget[],
  ): TargetChanges {
    this.#byJob.set(job, targets);
    this.#droppedByJob.set(job, dropped);
    return this.#own();
  }

  /** URLs under which the service itself is found: not scraped, its registry is a target already. */
  setOwnUrls(urls: Iterable<string>): TargetChanges {
    this.#ownUrls.clear();
    for (const url of urls) this.#ownUrls.add(url);
    return this.#own();
  }

  values(): Iterable<Target> {
    return this.#mine.values();
  }

  countByJob(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const job of this.#byJob.keys()) counts.set(job, 0);
    for (const { job } of this.#mine.values()) counts.set(job, (counts.get(job) ?? 0) + 1);
    return counts;
  }

  droppedByJob(): Map<string, number> {
    return new Map([...this.#droppedByJob].map(([job, dropped]) => [job, dropped.length]));
  }

  #own(): TargetChanges {
    const mine: Target[] = [];
    for (const targets of this.#byJob.values()) {
      for (const target of targets) {
        if (this.#ownUrls.has(target.url)) continue;
        if (this.#ownership?.owns(target.id) ?? true) mine.push(target);
      }
    }
    return this.#mine.replace(mine);
  }
}
