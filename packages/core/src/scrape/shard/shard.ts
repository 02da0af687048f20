import type { Clock } from '../../clock.js';
import { ParsedBody } from '../../exposition/parsed-body.js';
import type { HttpClientDeps } from '../../http-client/http-transport.js';
import type { ScrapeBatch } from '../../outputs/scrape-batch.js';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import { SeriesMaker } from '../batch/series-maker.js';
import { BusyTarget } from '../busy-target.js';
import { BodyBuffers } from '../fetch/body-buffer.js';
import { Deadlines } from '../fetch/deadlines.js';
import { HttpClients } from '../fetch/http-clients.js';
import { Inflater } from '../fetch/inflater.js';
import { MemoryAccount } from '../memory-account.js';
import type {
  FromShard,
  OutputSettings,
  PushedBody,
  ShardBoot,
  ShardSummary,
  ToShard,
} from '../messages.js';
import { unpackPlans } from '../packed-plans.js';
import { Scheduler } from '../schedule/scheduler.js';
import type { ScrapeLoop } from '../schedule/scrape-loop.js';
import type { ScrapeLoopShared } from '../schedule/scrape-loop-shared.js';
import { ScrapeNow } from '../schedule/scrape-now.js';
import type { RemoteResolver } from '../threads/remote-resolver.js';
import { FailureLogs } from './failure-logs.js';
import { Releases } from './releases.js';
import { createShardCounters } from './shard-counters.js';
import { outputsIn, type ShardOutputs } from './shard-outputs.js';
import { ShardReports } from './shard-reports.js';
import { ShardTargets } from './shard-targets.js';
import { SharedBytes } from './shared-bytes.js';

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
  readonly #targets: ShardTargets;
  readonly #sharedBytes: SharedBytes;
  readonly #reports: ShardReports;
  readonly #releases: Releases;
  readonly #scrapeNow: ScrapeNow;

  constructor(deps: ShardDeps) {
    const { boot, clock, outputs } = deps;
    this.#deps = deps;
    this.#memory = new MemoryAccount(boot.threadMemoryBytes);
    this.#clients = new HttpClients(deps.http);
    this.#failureLogs = new FailureLogs(clock, deps.http.files.turns, (fields, message) =>
      deps.post({ type: 'log', level: 'warn', fields, message }),
    );
    this.#maker = new SeriesMaker(boot, this.#counters);
    this.#noteWishes(boot);
    this.#sharedBytes = new SharedBytes(this.#memory, outputs.list, this.#maker);
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
        if (this.#targets.find(loop.plan.id) !== loop) return;
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
      isCurrent: (loop) => this.#targets.find(loop.plan.id) === loop,
      letGo: (loop) => this.#targets.remove(loop.plan.id, 'moved'),
    });
    this.#targets = new ShardTargets({
      clock,
      outputs: outputs.list,
      maker: this.#maker,
      scheduler: this.#scheduler,
      shared: this.#shared,
      stopped: (loop) => {
        this.#releases.cancel(loop.plan.id);
        this.#reports.removed(loop);
      },
    });
    this.#reports.start();
  }

  get externalLabels(): ShardBoot['externalLabels'] {
    return this.#maker.externalLabels;
  }

  get loops(): Iterable<ScrapeLoop> {
    return this.#targets.loops;
  }

  /** What the last scrape of each target gave. */
  *lastBatches(): Generator<ScrapeBatch> {
    for (const { series } of this.#targets.loops) if (series !== undefined) yield series.batch;
  }

  handle(message: ToShard): void {
    if (message.type === 'jobs') this.#setJobs(message.jobs);
    else if (message.type === 'outputs') this.#setOutputs(message.outputs);
    else if (message.type === 'targets') this.#changeTargets(message);
    else if (message.type === 'address')
      this.#deps.resolver.answer(message.hostname, message.answer);
    else if (message.type === 'pushed-body') this.#push(message);
    else if (message.type === 'take-over') this.#targets.takeOver(message.plan, message.snapshot);
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
    await this.#targets.close(deadlineMs / 2);
    const leftMs = Math.max(0, endMs - clock.monotonicMs());
    await outputs.close(leftMs);
    await this.#clients.close();
    await this.#failureLogs.close(Math.max(0, endMs - clock.monotonicMs()));
    this.#deadlines.close();
    this.#reports.close();
  }

  /** Targets of a job that has changed go on with what it says now. */
  #setJobs(jobs: readonly { key: string; job: ScrapeJob }[]): void {
    const changed = this.#maker.setJobs(jobs);
    this.#targets.renew(({ job }) => changed.has(job));
  }

  #setOutputs(settings: OutputSettings): void {
    const { externalLabels } = settings;
    this.#deps.outputs.configure(outputsIn(settings));
    this.#noteWishes(settings);
    if (!this.#maker.setExternalLabels(externalLabels)) return;
    this.#targets.renew(() => true);
  }

  #noteWishes(settings: OutputSettings): void {
    this.#maker.exemplars.isWanted = wantsExemplars(settings);
    this.#maker.starts.isWanted = wantsStarts(settings);
  }

  #changeTargets({ add, packed = [], remove }: ToShard & { type: 'targets' }): void {
    for (const { id, end } of remove) this.#targets.remove(id, end);
    for (const plan of add) this.#targets.add(plan);
    for (const plans of packed) {
      for (const plan of unpackPlans(plans)) this.#targets.add(plan);
    }
  }

  async #runNow(id: number, targetId: string): Promise<void> {
    const scraped = await this.#scrapeNow.run(this.#targets.find(targetId));
    this.#deps.post({ type: 'scraped-now', id, scraped }, [scraped.body.buffer]);
  }

  #push(message: { targetId: string; timestampMs: number; pushed: PushedBody }): void {
    this.#targets.find(message.targetId)?.push(message.timestampMs, message.pushed);
  }

  #summarize(): ShardSummary {
    const counters = this.#counters;
    counters.series = 0;
    for (const loop of this.#targets.loops) counters.series += loop.seriesCount;
    this.#sharedBytes.account();
    counters.memoryBytes = this.#memory.usedBytes;
    const outputs = this.#deps.outputs.list.map((output) => output.status());
    return { counters, outputs, seriesUsed: this.#maker.budgets.used };
  }
}

/** Of the messages that are sent only those of remote write 2.0 tell when a series began. */
function wantsStarts(settings: OutputSettings): boolean {
  return outputsIn(settings).some(
    (options) =>
      ('version' in options && options.version === 2) ||
      ('format' in options && options.format === 'remote_write_v2'),
  );
}

function wantsExemplars(settings: OutputSettings): boolean {
  return outputsIn(settings).some((options) => 'sendExemplars' in options && options.sendExemplars);
}
