import type { Target } from '../targets/target.js';
import type { TargetChanges } from '../targets/target-changes.js';

/** What decides which targets are this member's; without a pool, all are. */
export interface Ownership {
  owns(targetId: string): boolean;
}

/**
 * All targets of all jobs, and the ones among them that this member scrapes: the walk's step "own".
 * The service's own /metrics is never among them once its registry is a target by itself.
 */
export class OwnedTargets {
  #ownership: Ownership | undefined;
  readonly #all = new Map<string, Target>();
  readonly #mine = new Map<string, Target>();
  readonly #ownUrls = new Set<string>();

  constructor(ownership: Ownership | undefined) {
    this.#ownership = ownership;
  }

  /** Targets came, went or changed: what that means for this member. */
  change({ added, removed, replanned, refreshed }: TargetChanges): TargetChanges {
    for (const { id } of removed) this.#all.delete(id);
    for (const target of [...added, ...replanned, ...refreshed]) this.#all.set(target.id, target);
    const mine = {
      removed: removed.filter(({ id }) => this.#mine.delete(id)),
      added: added.filter((target) => this.#owns(target)),
      replanned: replanned.filter(({ id }) => this.#mine.has(id)),
      refreshed: refreshed.filter(({ id }) => this.#mine.has(id)),
    };
    for (const target of [...mine.added, ...mine.replanned, ...mine.refreshed]) {
      this.#mine.set(target.id, target);
    }
    return mine;
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

  get(targetId: string): Target | undefined {
    return this.#mine.get(targetId);
  }

  values(): Iterable<Target> {
    return this.#mine.values();
  }

  /** @param jobs all there are: one without targets has 0 */
  countByJob(jobs: Iterable<string>): Map<string, number> {
    const counts = new Map<string, number>();
    for (const job of jobs) counts.set(job, 0);
    for (const { job } of this.#mine.values()) counts.set(job, (counts.get(job) ?? 0) + 1);
    return counts;
  }

  #owns({ id, url }: Target): boolean {
    return !this.#ownUrls.has(url) && (this.#ownership?.owns(id) ?? true);
  }

  #ownAnew(): TargetChanges {
    const added: Target[] = [];
    const removed: Target[] = [];
    for (const target of this.#all.values()) {
      const owns = this.#owns(target);
      if (owns === this.#mine.has(target.id)) continue;
      (owns ? added : removed).push(target);
    }
    for (const { id } of removed) this.#mine.delete(id);
    for (const target of added) this.#mine.set(target.id, target);
    return { added, removed, replanned: [], refreshed: [] };
  }
}
