import type { Target } from '../targets/target.js';
import type { TargetChanges } from '../targets/target-changes.js';

/** What decides which targets are this member's; without a pool, all are. */
export interface Ownership {
  owns(targetId: string): boolean;
}

/** All targets of all jobs. */
export interface AllTargets {
  targets(): Iterable<Target>;
  /** By job. */
  targetCounts(): ReadonlyMap<string, number>;
}

/**
 * The ones among all targets that this member scrapes: the walk's step "own".
 * The service's own /metrics is never among them once its registry is a target by itself.
 */
export class OwnedTargets {
  readonly #all: AllTargets;
  #ownership: Ownership | undefined;
  /** Of those that are not this member's the jobs, by id. */
  readonly #others = new Map<string, string>();
  readonly #ownUrls = new Set<string>();

  constructor(all: AllTargets, ownership: Ownership | undefined) {
    this.#all = all;
    this.#ownership = ownership;
  }

  /** Targets came, went or changed: what that means for this member. */
  change({ added, removed, replanned, refreshed }: TargetChanges): TargetChanges {
    const isMine = ({ id }: Target): boolean => !this.#others.has(id);
    return {
      removed: removed.filter(({ id }) => !this.#others.delete(id)),
      added: added.filter((target) => this.#take(target)),
      replanned: replanned.filter(isMine),
      refreshed: refreshed.filter(isMine),
    };
  }

  /** URLs under which the service itself is found: not scraped, its registry is a target already. */
  setOwnUrls(urls: Iterable<string>): TargetChanges {
    this.#ownUrls.clear();
    for (const url of urls) this.#ownUrls.add(url);
    return this.#ownAnew();
  }

  setOwnership(ownership: Ownership | undefined): TargetChanges {
    this.#ownership = ownership;
    return this.#ownAnew();
  }

  *values(): Generator<Target> {
    for (const target of this.#all.targets()) if (!this.#others.has(target.id)) yield target;
  }

  /** @param jobs all there are: one without targets has 0 */
  countByJob(jobs: Iterable<string>): Map<string, number> {
    const counts = new Map<string, number>();
    for (const job of jobs) counts.set(job, 0);
    for (const [job, count] of this.#all.targetCounts()) if (count > 0) counts.set(job, count);
    for (const job of this.#others.values()) counts.set(job, (counts.get(job) ?? 0) - 1);
    return counts;
  }

  /** Whether it is this member's now. */
  #take(target: Target): boolean {
    const isMine = this.#owns(target);
    if (!isMine) this.#others.set(target.id, target.job);
    else if (this.#others.size > 0) this.#others.delete(target.id);
    return isMine;
  }

  #owns(target: Target): boolean {
    // The URL is made when it is asked for.
    const isOwnUrl = this.#ownUrls.size > 0 && this.#ownUrls.has(target.url);
    return !isOwnUrl && (this.#ownership?.owns(target.id) ?? true);
  }

  #ownAnew(): TargetChanges {
    const added: Target[] = [];
    const removed: Target[] = [];
    for (const target of this.#all.targets()) {
      const wasMine = !this.#others.has(target.id);
      if (this.#take(target) === wasMine) continue;
      (wasMine ? removed : added).push(target);
    }
    return { added, removed, replanned: [], refreshed: [] };
  }
}
