import type { Clock } from '../clock.js';
import type { Logger } from '../logger.js';
import type { ScrapeJob } from '../targets/scrape-job.js';
import { neverScraped, type TargetStatus } from '../targets/target-status.js';
import { Assignment } from './assignment.js';
import type { FederatedBlock, FromShard, PushedBody, ShardBoot, TargetEnd } from './messages.js';
import { NameResolver } from './name-resolver.js';
import { ShardTotals } from './shard-totals.js';
import type { TargetPlan } from './target-plan.js';
import { ThreadPool } from './thread-pool.js';

export interface ScrapePoolOptions {
  readonly threads: number;
  readonly threadFile: string;
  readonly boot: ShardBoot;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface FederationReader {
  onBlock(block: FederatedBlock | undefined, error: string | undefined): void;
}

/**
 * The main thread's side of scraping: keeps what each thread should know, tells it again when the
 * thread was replaced, and gathers what the threads say.
 */
export class ScrapePool {
  readonly #threads: ThreadPool;
  readonly #assignment: Assignment;
  readonly #resolver: NameResolver;
  readonly #plans = new Map<string, TargetPlan>();
  readonly #statuses = new Map<string, TargetStatus>();
  readonly #federations = new Map<string, FederationReader>();
  readonly totals: ShardTotals;
  #jobs: readonly { key: string; job: ScrapeJob }[] = [];
  #nextFederationId = 1;
  #restarts = 0;

  constructor(options: ScrapePoolOptions) {
    this.#threads = new ThreadPool({
      ...options,
      onStarted: (slot) => this.#tellAll(slot),
      onLost: (slot) => this.#onLost(slot),
      onMessage: (slot, message) => this.#receive(slot, message),
    });
    this.#assignment = new Assignment(this.#threads.slotCount);
    this.#resolver = new NameResolver(options.clock);
    this.totals = new ShardTotals(this.#threads.slotCount);
  }

  get threadRestarts(): number {
    return this.#restarts;
  }

  start(): Promise<void> {
    return this.#threads.start();
  }

  /** Jobs must be set before targets of theirs are added. */
  setJobs(jobs: readonly { key: string; job: ScrapeJob }[]): void {
    this.#jobs = jobs;
    for (let slot = 0; slot < this.#threads.slotCount; slot++) {
      this.#threads.post(slot, { type: 'jobs', jobs });
    }
  }

  changeTargets(
    add: readonly TargetPlan[],
    remove: readonly { id: string; end: TargetEnd }[],
  ): void {
    const changes = Array.from({ length: this.#threads.slotCount }, () => ({
      add: [] as TargetPlan[],
      remove: [] as { id: string; end: TargetEnd }[],
    }));
    for (const one of remove) {
      const slot = this.#assignment.slotOf(one.id);
      if (slot === undefined) continue;
      changes[slot]!.remove.push(one);
      this.#assignment.release(one.id);
      this.#plans.delete(one.id);
      this.#statuses.delete(one.id);
    }
    for (const plan of add) {
      this.#plans.set(plan.id, plan);
      changes[this.#assignment.assign(plan.id)]!.add.push(plan);
    }
    for (const [slot, change] of changes.entries()) {
      if (change.add.length + change.remove.length === 0) continue;
      this.#threads.post(slot, { type: 'targets', ...change });
    }
  }

  push(targetId: string, timestampMs: number, pushed: PushedBody): void {
    const slot = this.#assignment.slotOf(targetId);
    if (slot !== undefined) {
      this.#threads.post(slot, { type: 'pushed-body', targetId, timestampMs, pushed });
    }
  }

  status(targetId: string): TargetStatus {
    return this.#statuses.get(targetId) ?? neverScraped(targetId);
  }

  /** One stream of blocks per thread, each sorted by metric name; ends early where a thread dies. */
  federate(match: readonly string[], nowMs: number): AsyncIterable<FederatedBlock>[] {
    return Array.from({ length: this.#threads.slotCount }, (_, slot) =>
      this.#federateSlot(slot, match, nowMs),
    );
  }

  async close(deadlineMs: number): Promise<void> {
    await this.#threads.close(deadlineMs);
    this.#resolver.close();
    for (const reader of this.#federations.values()) reader.onBlock(undefined, undefined);
    this.#federations.clear();
  }

  async *#federateSlot(
    slot: number,
    match: readonly string[],
    nowMs: number,
  ): AsyncGenerator<FederatedBlock> {
    const id = this.#nextFederationId++;
    const key = `${slot} ${id}`;
    let arrived: ((block: FederatedBlock | undefined) => void) | undefined;
    let failed: ((error: Error) => void) | undefined;
    const next = () =>
      new Promise<FederatedBlock | undefined>((resolve, reject) => {
        arrived = resolve;
        failed = reject;
      });
    this.#federations.set(key, {
      onBlock: (block, error) =>
        error === undefined ? arrived?.(block) : failed?.(new Error(error)),
    });
    try {
      let waiting = next();
      if (!this.#threads.post(slot, { type: 'federate', id, match, nowMs })) return;
      for (;;) {
        const block = await waiting;
        if (block === undefined) return;
        yield block;
        waiting = next();
        if (!this.#threads.post(slot, { type: 'federate-next', id })) return;
      }
    } finally {
      if (this.#federations.delete(key)) this.#threads.post(slot, { type: 'federate-cancel', id });
    }
  }

  #receive(slot: number, message: FromShard): void {
    if (message.type === 'summary') {
      this.totals.update(slot, message.summary);
    } else if (message.type === 'statuses') {
      for (const status of message.targets) {
        if (this.#plans.has(status.targetId)) this.#statuses.set(status.targetId, status);
      }
    } else if (message.type === 'lookup') {
      const { hostname } = message;
      this.#resolver.resolve(hostname, (answer) => {
        this.#threads.post(slot, { type: 'address', hostname, answer });
      });
    } else if (message.type === 'federate-block') {
      this.#federations.get(`${slot} ${message.id}`)?.onBlock(message.block, message.error);
    }
  }

  #tellAll(slot: number): void {
    this.#threads.post(slot, { type: 'jobs', jobs: this.#jobs });
    const add = [...this.#plans.values()].filter(
      (plan) => this.#assignment.slotOf(plan.id) === slot,
    );
    if (add.length > 0) this.#threads.post(slot, { type: 'targets', add, remove: [] });
  }

  #onLost(slot: number): void {
    this.#restarts++;
    this.totals.retire(slot);
    for (const [key, reader] of this.#federations) {
      if (key.startsWith(`${slot} `)) reader.onBlock(undefined, 'the scrape thread died');
    }
  }
}
