/** How many series there may be; 0: as many as there are. */
export interface SeriesLimits {
  readonly total: number;
  readonly perJob: number;
  readonly perTarget: number;
}

/** Numbers of series, in all and by the key of their job. */
export interface SeriesShares {
  readonly total: number;
  readonly jobs: Readonly<Record<string, number>>;
}

/** How many series a target, a job or a thread has and may have; each counts in the next larger one. */
export class SeriesBudget {
  /** 0: no limit. */
  limit: number;
  #used = 0;
  readonly #within: SeriesBudget | undefined;

  constructor(limit: number, within?: SeriesBudget) {
    this.limit = limit;
    this.#within = within;
  }

  get used(): number {
    return this.#used;
  }

  /** Room for one more, here and in all that this is a part of. */
  get hasRoom(): boolean {
    if (this.limit > 0 && this.#used >= this.limit) return false;
    return this.#within?.hasRoom ?? true;
  }

  /** One more; over the limit too, for what is there already. */
  add(): void {
    this.#used++;
    this.#within?.add();
  }

  give(count: number): void {
    this.#used -= count;
    this.#within?.give(count);
  }
}

/** The budgets of a thread. */
export class SeriesBudgets {
  readonly #limits: SeriesLimits;
  readonly #total: SeriesBudget;
  readonly #jobs = new Map<string, SeriesBudget>();

  constructor(limits: SeriesLimits) {
    this.#limits = limits;
    this.#total = new SeriesBudget(limits.total);
  }

  /** @param job its key */
  ofTarget(job: string): SeriesBudget {
    let ofJob = this.#jobs.get(job);
    if (ofJob === undefined) {
      ofJob = new SeriesBudget(this.#limits.perJob, this.#total);
      this.#jobs.set(job, ofJob);
    }
    return new SeriesBudget(this.#limits.perTarget, ofJob);
  }

  get used(): SeriesShares {
    if (!hasSharedLimit(this.#limits)) return { total: 0, jobs: {} };
    const jobs: Record<string, number> = {};
    for (const [job, { used }] of this.#jobs) if (used > 0) jobs[job] = used;
    return { total: this.#total.used, jobs };
  }

  /** What this thread may have of the limits that the threads share. */
  setShares(shares: SeriesShares): void {
    this.#total.limit = shares.total;
    for (const [job, budget] of this.#jobs) {
      budget.limit = shares.jobs[job] ?? this.#limits.perJob;
    }
  }
}

/** Threads have parts of these limits; that of a target is its own. */
export function hasSharedLimit({ total, perJob }: SeriesLimits): boolean {
  return total > 0 || perJob > 0;
}

/** What one of so many threads begins with, before anything is known of the others. */
export function firstShare({ total, perJob, perTarget }: SeriesLimits, threads: number) {
  const part = (limit: number) => Math.ceil(limit / threads);
  return { total: part(total), perJob: part(perJob), perTarget };
}

/**
 * Shares limits among threads: each may keep what it has, and gets an even part of what is free. At
 * least 1, for 0 is no limit.
 */
export function shareSeries(
  limits: SeriesLimits,
  used: readonly SeriesShares[],
): readonly SeriesShares[] {
  const threads = used.length;
  const shareOf = (limit: number, of: readonly number[], own: number): number => {
    if (limit === 0) return 0;
    const free = limit - of.reduce((sum, count) => sum + count, 0);
    return Math.max(1, own + Math.floor(free / threads));
  };
  const keys = new Set(used.flatMap(({ jobs }) => Object.keys(jobs)));
  return used.map((own) => {
    const totals = used.map(({ total }) => total);
    const jobs: Record<string, number> = {};
    for (const key of keys) {
      const counts = used.map((one) => one.jobs[key] ?? 0);
      jobs[key] = shareOf(limits.perJob, counts, own.jobs[key] ?? 0);
    }
    return { total: shareOf(limits.total, totals, own.total), jobs };
  });
}
