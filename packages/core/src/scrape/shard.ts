import type { Clock, ClockTimer } from '../clock.js';
import { ParsedBody } from '../exposition/parsed-body.js';
import type { HttpClientDeps } from '../http-client/http-transport.js';
import type { ScrapeBatch } from '../outputs/scrape-batch.js';
import type { ScrapeJob } from '../targets/scrape-job.js';
import { nextTickMs } from '../targets/target-phase.js';
import { BodyBuffers } from './body-buffer.js';
import { BusyTarget } from './busy-target.js';
import { Deadlines } from './deadlines.js';
import { FailureLogs } from './failure-logs.js';
import { HttpClients } from './http-clients.js';
import { Inflater } from './inflater.js';
import { MemoryAccount } from './memory-account.js';
import type {
  FromShard,
  OutputSettings,
  PushedBody,
  ShardBoot,
  ShardSummary,
  TargetEnd,
  ToShard,
} from './messages.js';
import { Releases } from './releases.js';
import type { RemoteResolver } from './remote-resolver.js';
import { Scheduler } from './scheduler.js';
import { ScrapeLoop } from './scrape-loop.js';
import type { ScrapeLoopShared } from './scrape-loop-shared.js';
import { ScrapeNow } from './scrape-now.js';
import { SeriesMaker } from './series-maker.js';
import { readSnapshot } from './series-snapshot.js';
import { createShardCounters } from './shard-counters.js';
import type { ShardOutputs } from './shard-outputs.js';
import { ShardReports } from './shard-reports.js';
import type { TargetPlan } from './target-plan.js';
import type { TargetSeries } from './target-series.js';

export interface ShardDeps {
  readonly boot: ShardBoot;
  readonly clock: Clock;
  readonly outputs: ShardOutputs;
  readonly resolver: RemoteResolver;
  readonly http: HttpClientDeps;
  /** Memory shared with the main thread: see BusyTarget. */
  readonly busy: SharedArrayBuffer;
  post(message: FromShard, transfer?: ArrayBuffer[]): void;
}

/**
 * The resident of one scrape thread: owns its share of the targets, their series, timers, sockets
 * and outputs. Nothing of a scrape crosses to the main thread but a summary a second.
 */
export class Shard {
  readonly #deps: ShardDeps;
  readonly #counters = createShardCounters();
  readonly #memory: MemoryAccount;
  readonly #clients: HttpClients;
  readonly #deadlines: Deadlines;
  readonly #failureLogs: FailureLogs;
  readonly #maker: SeriesMaker;
  readonly #scheduler: Scheduler;
  readonly #shared: ScrapeLoopShared;
  readonly #loops = new Map<string, ScrapeLoop>();
  /** Targets that are gone and still owe their stale markers. */
  readonly #ending = new Map<string, { loop: ScrapeLoop; timer: ClockTimer }>();
  readonly #reports: ShardReports;
  readonly #releases: Releases;
  readonly #scrapeNow: ScrapeNow;
  #sharedBytes = 0;

  constructor(deps: ShardDeps) {
    const { boot, clock, outputs } = deps;
    this.#deps = deps;
    this.#memory = new MemoryAccount(boot.threadMemoryBytes);
    this.#clients = new HttpClients(deps.http);
    this.#failureLogs = new FailureLogs(clock, deps.http.files.turns, (fields, message) =>
      deps.post({ type: 'log', level: 'warn', fields, message }),
    );
    this.#maker = new SeriesMaker(boot, this.#counters);
    this.#maker.exemplars.isWanted = wantsExemplars(boot);
    this.#scheduler = new Scheduler(clock, (ticks) => {
      this.#counters.ticksSkipped += ticks;
    });
    this.#reports = new ShardReports(clock, () => this.#summarize(), deps.post);
    this.#deadlines = new Deadlines(clock);
    this.#shared = {
      clock,
      deadlines: this.#deadlines,
      clients: this.#clients,
      buffers: new BodyBuffers(this.#memory),
      inflater: new Inflater(this.#memory),
      memory: this.#memory,
      parsed: new ParsedBody(),
      counters: this.#counters,
      userAgent: boot.userAgent,
      failureLogs: this.#failureLogs,
      busy: new BusyTarget(deps.busy),
      scraped: (loop) => {
        this.#reports.scraped(loop);
        this.#releases.scraped(loop);
      },
      hasRoom: () => outputs.list.every((output) => output.hasRoom),
      deliver: (batch) => {
        for (const output of outputs.list) output.append(batch);
      },
    };
    this.#scrapeNow = new ScrapeNow(this.#shared);
    this.#releases = new Releases({
      clock,
      outputs: outputs.list,
      post: deps.post,
      pause: (loop) => this.#scheduler.remove(loop),
      resume: (loop) => this.#scheduler.add(loop, loop.stampMs),
      isCurrent: (loop) => this.#loops.get(loop.plan.id) === loop,
      letGo: (loop) => this.#remove(loop.plan.id, 'moved'),
    });
    this.#reports.start();
  }

  get externalLabels(): ShardBoot['externalLabels'] {
    return this.#maker.externalLabels;
  }

  get loops(): Iterable<ScrapeLoop> {
    return this.#loops.values();
  }

  /** What the last scrape of each target gave. */
  *lastBatches(): Generator<ScrapeBatch> {
    for (const loop of this.#loops.values()) yield loop.series.batch;
  }

  handle(message: ToShard): void {
    if (message.type === 'jobs') this.#setJobs(message.jobs);
    else if (message.type === 'outputs') this.#setOutputs(message.outputs);
    else if (message.type === 'targets') this.#changeTargets(message.add, message.remove);
    else if (message.type === 'address')
      this.#deps.resolver.answer(message.hostname, message.answer);
    else if (message.type === 'pushed-body') this.#push(message);
    else if (message.type === 'take-over') this.#takeOver(message.plan, message.snapshot);
    else if (message.type === 'series-shares') this.#maker.budgets.setShares(message.shares);
    else if (message.type === 'release') this.#releases.ask(message.targetId);
    else if (message.type === 'scrape-now') void this.#runNow(message.id, message.targetId);
  }

  /** Finishes scrapes in flight, drains the outputs, releases sockets and timers; by the deadline. */
  async close(deadlineMs: number): Promise<void> {
    const { clock, outputs } = this.#deps;
    const endMs = clock.monotonicMs() + deadlineMs;
    this.#scheduler.close();
    this.#scrapeNow.close();
    for (const { timer } of this.#ending.values()) timer.cancel();
    await this.#finishScrapes(deadlineMs / 2);
    for (const loop of this.#loops.values()) loop.stop();
    const leftMs = Math.max(0, endMs - clock.monotonicMs());
    await outputs.close(leftMs);
    await this.#clients.close();
    await this.#failureLogs.close(Math.max(0, endMs - clock.monotonicMs()));
    this.#deadlines.close();
    this.#reports.close();
    this.#loops.clear();
  }

  /** Targets of a job that has changed go on with what it says now. */
  #setJobs(jobs: readonly { key: string; job: ScrapeJob }[]): void {
    const changed = this.#maker.setJobs(jobs);
    for (const { plan } of [...this.#loops.values()]) if (changed.has(plan.job)) this.#add(plan);
  }

  #setOutputs(settings: OutputSettings): void {
    const { externalLabels, remoteWrites } = settings;
    this.#deps.outputs.configure(remoteWrites);
    this.#maker.exemplars.isWanted = wantsExemplars(settings);
    if (!this.#maker.setExternalLabels(externalLabels)) return;
    for (const { plan } of [...this.#loops.values()]) this.#add(plan);
  }

  #changeTargets(
    add: readonly TargetPlan[],
    remove: readonly { id: string; end: TargetEnd }[],
  ): void {
    for (const { id, end } of remove) this.#remove(id, end);
    for (const plan of add) this.#add(plan);
  }

  #add(plan: TargetPlan): void {
    // The same target with another interval, or back before its markers were due: its series go on.
    const before = this.#takeLoop(plan.id) ?? this.#takeEnding(plan.id);
    const series = this.#seriesAfter(before?.series, plan);
    series.timeoutMs = plan.timeoutMs;
    const loop = new ScrapeLoop(plan, this.#maker.jobOf(plan), series, this.#shared);
    if (before !== undefined) loop.stampMs = before.stampMs;
    this.#start(loop);
  }

  #seriesAfter(before: TargetSeries | undefined, plan: TargetPlan): TargetSeries {
    if (before === undefined) return this.#maker.create(plan);
    const series = this.#maker.after(before, plan);
    // What outputs remember of a target goes by its series' numbers, which begin anew.
    if (series !== before) for (const output of this.#deps.outputs.list) output.forget(plan.id);
    return series;
  }

  #takeOver(plan: TargetPlan, bytes: Uint8Array): void {
    const snapshot = readSnapshot(bytes);
    if (snapshot?.targetId !== plan.id || this.#loops.has(plan.id)) {
      this.#counters.takeOversFailed++;
      if (!this.#loops.has(plan.id)) this.#add(plan);
      return;
    }
    const series = this.#maker.create(plan);
    series.handover.take(snapshot.series);
    const loop = new ScrapeLoop(plan, this.#maker.jobOf(plan), series, this.#shared);
    loop.stampMs = snapshot.stampMs;
    this.#counters.takeOvers++;
    this.#start(loop);
  }

  #start(loop: ScrapeLoop): void {
    this.#loops.set(loop.plan.id, loop);
    this.#scheduler.add(loop, loop.stampMs);
  }

  #takeLoop(id: string): ScrapeLoop | undefined {
    const loop = this.#loops.get(id);
    if (loop === undefined) return undefined;
    this.#loops.delete(id);
    this.#scheduler.remove(loop);
    this.#releases.cancel(id);
    this.#reports.removed(loop);
    loop.stop();
    return loop;
  }

  #takeEnding(id: string): ScrapeLoop | undefined {
    const ending = this.#ending.get(id);
    ending?.timer.cancel();
    this.#ending.delete(id);
    return ending?.loop;
  }

  #remove(id: string, end: TargetEnd): void {
    const loop = this.#takeLoop(id);
    if (loop === undefined) return;
    if (end === 'moved') {
      this.#forget(loop);
      return;
    }
    const { clock } = this.#deps;
    const tickMs = nextTickMs(clock.nowMs(), loop.intervalMs, loop.phaseMs);
    const timer = clock.setTimer(tickMs - clock.nowMs(), () => {
      this.#ending.delete(id);
      void loop.end(tickMs).then(() => this.#forget(loop));
    });
    this.#ending.set(id, { loop, timer });
  }

  #forget(loop: ScrapeLoop): void {
    loop.series.close();
    for (const output of this.#deps.outputs.list) output.forget(loop.plan.id);
  }

  async #runNow(id: number, targetId: string): Promise<void> {
    const scraped = await this.#scrapeNow.run(this.#loops.get(targetId));
    this.#deps.post({ type: 'scraped-now', id, scraped }, [scraped.body.buffer]);
  }

  #push(message: { targetId: string; timestampMs: number; pushed: PushedBody }): void {
    this.#loops.get(message.targetId)?.push(message.timestampMs, message.pushed);
  }

  async #finishScrapes(withinMs: number): Promise<void> {
    const inFlight = [...this.#loops.values()].flatMap((loop) => loop.inFlight ?? []);
    if (inFlight.length === 0) return;
    let timer: ClockTimer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.#deps.clock.setTimer(withinMs, resolve);
    });
    await Promise.race([Promise.all(inFlight), late]);
    timer?.cancel();
  }

  /** A queue that fills in an outage takes from what bodies may use; once a second is often enough. */
  #accountShared(): void {
    this.#memory.give(this.#sharedBytes);
    const queues = this.#deps.outputs.list.reduce((sum, output) => sum + output.memoryBytes, 0);
    this.#sharedBytes = queues + this.#maker.memoryBytes;
    this.#memory.force(this.#sharedBytes);
    this.#makeRoom();
  }

  /** Bodies are refused already; what is left to give way is the oldest of the fullest queue. */
  #makeRoom(): void {
    const tooMany = this.#memory.usedBytes - this.#memory.limitBytes;
    if (tooMany <= 0) return;
    const { list } = this.#deps.outputs;
    const fullest = [...list].sort((a, b) => b.memoryBytes - a.memoryBytes)[0];
    fullest?.makeRoom(tooMany);
  }

  #summarize(): ShardSummary {
    const counters = this.#counters;
    counters.series = 0;
    for (const loop of this.#loops.values()) counters.series += loop.series.seriesCount;
    this.#accountShared();
    counters.memoryBytes = this.#memory.usedBytes;
    const outputs = this.#deps.outputs.list.map((output) => output.status());
    return { counters, outputs, seriesUsed: this.#maker.budgets.used };
  }
}

function wantsExemplars({ remoteWrites }: Pick<OutputSettings, 'remoteWrites'>): boolean {
  return remoteWrites.some(({ sendExemplars }) => sendExemplars === true);
}
