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
  readonly #mine = new Map<string, Target>();
  readonly #others = new Map<string, Target>();
  readonly #ownUrls = new Set<string>();

  constructor(ownership: Ownership | undefined) {
    this.#ownership = ownership;
  }

  /** Targets came, went or changed: what that means for this member. */
  change({ added, removed, replanned, refreshed }: TargetChanges): TargetChanges {
    const removedMine = removed.filter(({ id }) => this.#mine.delete(id));
    for (const { id } of removed) this.#others.delete(id);
    for (const target of added) this.#mapOf(target).set(target.id, target);
    return {
      removed: removedMine,
      added: added.filter(({ id }) => this.#mine.has(id)),
      replanned: this.#renew(replanned),
      refreshed: this.#renew(refreshed),
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

  /** Those that are mine. */
  #renew(targets: readonly Target[]): Target[] {
    return targets.filter((target) => {
      const isMine = this.#mine.has(target.id);
      (isMine ? this.#mine : this.#others).set(target.id, target);
      return isMine;
    });
  }

  #mapOf(target: Target): Map<string, Target> {
    return this.#owns(target) ? this.#mine : this.#others;
  }

  #owns(target: Target): boolean {
    // The URL is made when it is asked for.
    const isOwnUrl = this.#ownUrls.size > 0 && this.#ownUrls.has(target.url);
    return !isOwnUrl && (this.#ownership?.owns(target.id) ?? true);
  }

  #ownAnew(): TargetChanges {
    const added = [...this.#others.values()].filter((target) => this.#owns(target));
    const removed = [...this.#mine.values()].filter((target) => !this.#owns(target));
    for (const target of added) {
      this.#others.delete(target.id);
      this.#mine.set(target.id, target);
    }
    for (const target of removed) {
      this.#mine.delete(target.id);
      this.#others.set(target.id, target);
    }
    return { added, removed, replanned: [], refreshed: [] };
  }
}
