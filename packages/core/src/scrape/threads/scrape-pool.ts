import type { Clock, ClockTimer } from '../../clock.js';
import type { Logger } from '../../logger.js';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import type { ScrapedNow } from '../../targets/scraped-now.js';
import { neverScraped, type TargetStatus } from '../../targets/target-status.js';
import type {
  FederatedBlock,
  FederationQuery,
  FromShard,
  OutputSettings,
  PushedBody,
  PushedRegistry,
  ShardBoot,
  ShardSummary,
  TargetEnd,
} from '../messages.js';
import { firstShare, hasSharedLimit, shareSeries } from '../series/series-budget.js';
import { type KeptTarget, planOf, RefusedTarget, type TargetPlan } from '../target-plan.js';
import { Assignment } from './assignment.js';
import { FederationStreams } from './federation-streams.js';
import { KnownTargets } from './known-targets.js';
import { NameResolver } from './name-resolver.js';
import { OpenFiles } from './open-files.js';
import { Quarantine } from './quarantine.js';
import { ScrapesOnDemand } from './scrapes-on-demand.js';
import { ShardTotals } from './shard-totals.js';
import { SlotChanges } from './slot-changes.js';
import { type MoveCounts, TargetMoves } from './target-moves.js';
import { TargetTellings } from './target-tellings.js';
import { ThreadPool } from './thread-pool.js';
import { ThreadSettings } from './thread-settings.js';

/** How often the load of the threads is compared. */
const rebalanceMs = 60_000;

export interface ScrapePoolOptions {
  readonly threads: number;
  readonly threadFile: string;
  readonly boot: ShardBoot;
  /** A target that was discovered, as it is now. */
  discovered(targetId: string): KeptTarget | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The main thread's side of scraping: keeps what each thread should know, tells it again when the
 * thread was replaced, and gathers what the threads say.
 */
export class ScrapePool {
  readonly #options: ScrapePoolOptions;
  readonly #threads: ThreadPool;
  readonly #settings: ThreadSettings;
  readonly #tellings: TargetTellings;
  readonly #assignment: Assignment;
  readonly #moves: TargetMoves;
  readonly #quarantine: Quarantine;
  readonly resolver: NameResolver;
  readonly #targets: KnownTargets;
  readonly #statuses = new Map<string, TargetStatus>();
  readonly #federations: FederationStreams;
  readonly #onDemand: ScrapesOnDemand;
  readonly #openFiles: OpenFiles;
  readonly totals: ShardTotals;
  readonly #seriesUsed: ShardSummary['seriesUsed'][];
  #restarts = 0;
  #rebalancing: ClockTimer | undefined;

  constructor(options: ScrapePoolOptions) {
    this.#options = options;
    const { boot, threads } = options;
    const seriesLimits = firstShare(boot.seriesLimits, Math.max(1, threads));
    this.#threads = new ThreadPool({
      ...options,
      boot: { ...boot, seriesLimits },
      onStarted: (slot) => this.#tellAll(slot),
      onLost: (slot, targetId) => this.#onLost(slot, targetId),
      onMessage: (slot, message) => this.#receive(slot, message),
    });
    const { slotCount } = this.#threads;
    const post = this.#threads.post.bind(this.#threads);
    this.#settings = new ThreadSettings(slotCount, post);
    this.#targets = new KnownTargets(options.discovered);
    this.#tellings = new TargetTellings({
      targetOf: (slot, id) => (this.#assignment.slotOf(id) === slot ? this.#find(id) : undefined),
      post,
    });
    this.#assignment = new Assignment(slotCount);
    this.#moves = new TargetMoves({
      assignment: this.#assignment,
      planOf: (targetId) => this.#planOf(targetId),
      post,
      remove: (id, end) => this.changeTargets([], [{ id, end }]),
    });
    this.#quarantine = new Quarantine(options.clock, (targetId) => this.#tellAgain(targetId));
    this.#federations = new FederationStreams(post);
    this.#onDemand = new ScrapesOnDemand(options.clock, post);
    this.#openFiles = new OpenFiles(options.logger, options.clock);
    this.resolver = new NameResolver(options.clock);
    this.totals = new ShardTotals(slotCount);
    this.#seriesUsed = Array.from({ length: slotCount }, () => ({ total: 0, jobs: {} }));
  }

  get threadRestarts(): number {
    return this.#restarts;
  }

  get quarantinedTargets(): number {
    return this.#quarantine.size;
  }

  get moves(): MoveCounts {
    return this.#moves.counts;
  }

  async start(): Promise<void> {
    await this.#threads.start();
    if (this.#threads.slotCount > 1) this.#rebalanceLater();
  }

  /** Other outputs or external labels; what is queued in an output that stays remains there. */
  setOutputs(settings: OutputSettings): void {
    this.#settings.setOutputs(settings);
  }

  /** Jobs must be set before targets of theirs are added. */
  setJobs(jobs: readonly { key: string; job: ScrapeJob }[]): void {
    const isChanged = this.#settings.setJobs(jobs);
    for (const targetId of this.#quarantine.held()) {
      if (!isChanged(this.#targets.get(targetId)?.job ?? '')) continue;
      this.#quarantine.lift(targetId);
      this.#tellAgain(targetId);
    }
  }

  changeTargets(
    add: readonly KeptTarget[],
    remove: readonly { id: string; end: TargetEnd }[],
  ): void {
    const changes = new SlotChanges();
    for (const one of remove) {
      const slot = this.#assignment.slotOf(one.id);
      if (slot === undefined || this.#moves.removed(one.id, one.end)) continue;
      changes.remove(slot, one);
      this.#forget(one.id);
    }
    for (const target of add) {
      const { id, intervalMs } = target;
      this.#targets.set(target);
      if (this.#assignment.has(id)) this.#quarantine.lift(id);
      const slot = this.#assignment.assign(id, intervalMs);
      if (!this.#moves.changed(id)) changes.add(slot, target);
    }
    this.#openFiles.changed(this.#assignment);
    this.#threads.use(this.#assignment.slotsInUse);
    changes.tell((slot, message) => this.#threads.post(slot, message));
  }

  push(targetId: string, timestampMs: number, pushed: PushedBody): void {
    const slot = this.#assignment.slotOf(targetId);
    if (slot === undefined) return;
    this.#threads.post(slot, { type: 'pushed-body', targetId, timestampMs, pushed });
  }

  /** Pushed by the first thread, which is always there. */
  pushRegistry(pushed: PushedRegistry): void {
    this.#threads.post(0, { type: 'pushed-registry', ...pushed });
  }

  status(targetId: string): TargetStatus {
    return this.#statuses.get(targetId) ?? neverScraped(targetId);
  }

  /** Undefined when there is no such target. */
  async scrapeNow(targetId: string): Promise<ScrapedNow | undefined> {
    const slot = this.#assignment.slotOf(targetId);
    return slot === undefined ? undefined : this.#onDemand.run(slot, targetId);
  }

  /** One stream of blocks per thread, each sorted by metric name; ends early where a thread dies. */
  federate(query: FederationQuery): AsyncIterable<FederatedBlock>[] {
    return Array.from({ length: this.#assignment.slotsInUse }, (_, slot) =>
      this.#federations.read(slot, query),
    );
  }

  async close(deadlineMs: number): Promise<void> {
    this.#rebalancing?.cancel();
    this.#quarantine.close();
    this.#tellings.close();
    await this.#threads.close(deadlineMs);
    this.resolver.close();
    this.#federations.close();
    this.#onDemand.close();
    this.#openFiles.close();
  }

  #receive(slot: number, message: FromShard): void {
    if (message.type === 'summary') this.#noteSummary(slot, message.summary);
    else if (message.type === 'statuses') this.#noteStatuses(message.targets);
    else if (message.type === 'released') this.#moves.released(message.targetId, message.snapshot);
    else if (message.type === 'kept') this.#moves.kept(message.targetId);
    else if (message.type === 'scraped-now') this.#onDemand.answered(message.id, message.scraped);
    else if (message.type === 'federate-block') {
      this.#federations.received(slot, message.id, message.block, message.error);
    } else if (message.type === 'lookup') {
      const { hostname } = message;
      this.resolver.resolve(hostname, (answer) => {
        this.#threads.post(slot, { type: 'address', hostname, answer });
      });
    }
  }

  #noteSummary(slot: number, summary: ShardSummary): void {
    this.totals.update(slot, summary);
    const { seriesLimits } = this.#options.boot;
    if (this.#threads.slotCount === 1 || !hasSharedLimit(seriesLimits)) return;
    this.#seriesUsed[slot] = summary.seriesUsed;
    const shares = shareSeries(seriesLimits, this.#seriesUsed)[slot]!;
    this.#threads.post(slot, { type: 'series-shares', shares });
  }

  #noteStatuses(statuses: readonly TargetStatus[]): void {
    for (const status of statuses) {
      if (!this.#assignment.has(status.targetId)) continue;
      this.#statuses.set(status.targetId, status);
      // A target that fails for a while is as heavy as before when it is back.
      if (status.health !== 'up') continue;
      this.#assignment.measured(status.targetId, status.lastSamples);
    }
  }

  #rebalanceLater(): void {
    this.#rebalancing = this.#options.clock.setTimer(rebalanceMs, () => {
      const moves = this.#assignment.rebalance((targetId) => this.#mayMove(targetId));
      this.#threads.use(this.#assignment.slotsInUse);
      for (const move of moves) this.#moves.begin(move);
      if (moves.length > 0) {
        this.#options.logger.debug({ targets: moves.length }, 'targets move to a lighter thread');
      }
      this.#rebalanceLater();
    });
  }

  /** The own registry's bodies are sent to where it is; a thread that is behind keeps its targets. */
  #mayMove(targetId: string): boolean {
    const plan = this.#planOf(targetId);
    if (plan?.source !== 'http' || plan.refusal || this.#moves.has(targetId)) return false;
    return !this.totals.isBehind(this.#assignment.slotOf(targetId)!);
  }

  #planOf(targetId: string): TargetPlan | undefined {
    const target = this.#find(targetId);
    return target && planOf(target);
  }

  /** With what only this side knows of the target. */
  #find(targetId: string): KeptTarget | undefined {
    const target = this.#targets.get(targetId);
    const refusal = this.#quarantine.refusalOf(targetId);
    return target && refusal ? new RefusedTarget(target, refusal) : target;
  }

  #tellAgain(targetId: string): void {
    const plan = this.#planOf(targetId);
    const slot = this.#assignment.slotOf(targetId);
    if (plan === undefined || slot === undefined || this.#moves.changed(targetId)) return;
    this.#threads.post(slot, { type: 'targets', add: [plan], remove: [] });
  }

  #tellAll(slot: number): void {
    this.#settings.tell(slot);
    void this.#tellings.tell(slot, [...this.#assignment.targetIds()]);
  }

  #forget(targetId: string): void {
    this.#assignment.release(targetId);
    this.#quarantine.lift(targetId);
    this.#targets.delete(targetId);
    this.#statuses.delete(targetId);
  }

  #onLost(slot: number, targetId: string | undefined): void {
    this.#restarts++;
    this.totals.retire(slot);
    this.#tellings.lost(slot);
    this.#moves.lost(slot);
    this.#federations.lost(slot);
    this.#onDemand.lost(slot);
    const target = this.#targets.get(targetId ?? '');
    if (target === undefined) return;
    const { id, url, job } = target;
    const words = this.#quarantine.died(id)
      ? 'a target has killed its scrape thread again: it is in quarantine'
      : 'a scrape thread died while it read the body of a target';
    this.#options.logger.warn({ target: id, job, url, thread: slot }, words);
  }
}
