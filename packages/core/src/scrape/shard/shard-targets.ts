import type { Clock, ClockTimer } from '../../clock.js';
import type { Output } from '../../outputs/output.js';
import type { SeriesMaker } from '../batch/series-maker.js';
import type { TargetSeries } from '../batch/target-series.js';
import type { TargetEnd } from '../messages.js';
import type { Scheduler } from '../schedule/scheduler.js';
import { ScrapeLoop } from '../schedule/scrape-loop.js';
import type { ScrapeLoopShared } from '../schedule/scrape-loop-shared.js';
import { readSnapshot } from '../series/series-snapshot.js';
import type { TargetPlan } from '../target-plan.js';
import { EndingTargets } from './ending-targets.js';

export interface ShardTargetsParts {
  readonly clock: Clock;
  readonly outputs: readonly Output[];
  readonly maker: SeriesMaker;
  readonly scheduler: Scheduler;
  readonly shared: ScrapeLoopShared;
  /** The loop's target changed, moved or is gone. */
  stopped(loop: ScrapeLoop): void;
}

/** The targets of a shard: each has one loop, until its stale markers are written. */
export class ShardTargets {
  readonly #parts: ShardTargetsParts;
  readonly #loops = new Map<string, ScrapeLoop>();
  /** What becomes of targets when the scrape they have in flight has ended. */
  readonly #changes = new Map<string, TargetPlan>();
  readonly #ending: EndingTargets;
  #isClosing = false;

  constructor(parts: ShardTargetsParts) {
    this.#parts = parts;
    this.#ending = new EndingTargets(parts.clock, (loop) => this.#forget(loop));
  }

  get loops(): Iterable<ScrapeLoop> {
    return this.#loops.values();
  }

  find(id: string): ScrapeLoop | undefined {
    return this.#loops.get(id);
  }

  /**
   * A target that is new, or that is scraped otherwise from now on. A scrape in flight ends as it was
   * begun, as in Prometheus, whose loops are stopped between two scrapes (scrape/scrape.go, reload).
   */
  add(plan: TargetPlan): void {
    const running = this.#find(plan.id);
    if (running?.inFlight === undefined) {
      this.#addNow(plan);
      return;
    }
    const waits = this.#changes.has(plan.id);
    this.#changes.set(plan.id, plan);
    if (!waits) void running.inFlight.then(() => this.#change(running));
  }

  /** Their jobs, or what all of them share, have changed. */
  renew(isChanged: (plan: TargetPlan) => boolean): void {
    for (const { plan } of [...this.#loops.values()]) {
      const wanted = this.#changes.get(plan.id) ?? plan;
      if (isChanged(wanted)) this.add(wanted);
    }
  }

  /** From another thread, with its series. */
  takeOver(plan: TargetPlan, bytes: Uint8Array): void {
    const { counters } = this.#parts.shared;
    const snapshot = readSnapshot(bytes);
    if (snapshot?.targetId !== plan.id || this.#loops.has(plan.id)) {
      counters.takeOversFailed++;
      if (!this.#loops.has(plan.id)) this.add(plan);
      return;
    }
    const ended = this.#ending.take(plan.id);
    if (ended !== undefined) this.#forget(ended);
    const series = this.#parts.maker.create(plan);
    series.handover.take(snapshot.series);
    counters.takeOvers++;
    this.#start(this.#loopOf(plan, series), snapshot.stampMs);
  }

  remove(id: string, end: TargetEnd): void {
    this.#changes.delete(id);
    const loop = this.#takeLoop(id);
    if (loop !== undefined) this.#ending.add(loop, end);
  }

  /** Resolves when no scrape is in flight any more; by the deadline. None is begun from now on. */
  async close(withinMs: number): Promise<void> {
    this.#isClosing = true;
    this.#ending.close();
    await this.#finishScrapes(withinMs);
    for (const loop of this.#loops.values()) loop.stop();
    this.#ending.stop();
  }

  /** The target as it is scraped, or as it ends. */
  #find(id: string): ScrapeLoop | undefined {
    return this.#loops.get(id) ?? this.#ending.find(id);
  }

  #change(loop: ScrapeLoop): void {
    const { id } = loop.plan;
    if (this.#isClosing || this.#find(id) !== loop) return;
    const plan = this.#changes.get(id);
    this.#changes.delete(id);
    // Without a job it is about to be removed.
    if (plan !== undefined && this.#parts.maker.knows(plan)) this.#addNow(plan);
  }

  #addNow(plan: TargetPlan): void {
    this.#changes.delete(plan.id);
    // The same target with another interval, or back before its markers were due: its series go on.
    const running = this.#takeLoop(plan.id);
    running?.stop();
    const before = running ?? this.#ending.take(plan.id);
    const series = before?.series && this.#seriesAfter(before.series, plan);
    this.#start(this.#loopOf(plan, series), before?.stampMs);
  }

  #seriesAfter(before: TargetSeries, plan: TargetPlan): TargetSeries {
    const { maker, outputs } = this.#parts;
    const series = maker.after(before, plan);
    series.timeoutMs = plan.timeoutMs;
    // What outputs remember of a target goes by its series' numbers, which begin anew.
    if (series !== before) for (const output of outputs) output.forget(plan.id);
    return series;
  }

  #loopOf(plan: TargetPlan, series: TargetSeries | undefined): ScrapeLoop {
    const { maker, shared } = this.#parts;
    return new ScrapeLoop(plan, maker, shared, series);
  }

  #start(loop: ScrapeLoop, stampMs: number | undefined): void {
    if (stampMs !== undefined) loop.stampMs = stampMs;
    this.#loops.set(loop.plan.id, loop);
    this.#parts.scheduler.add(loop, loop.stampMs);
  }

  #takeLoop(id: string): ScrapeLoop | undefined {
    const loop = this.#loops.get(id);
    if (loop === undefined) return undefined;
    this.#loops.delete(id);
    this.#parts.scheduler.remove(loop);
    this.#parts.stopped(loop);
    return loop;
  }

  #forget(loop: ScrapeLoop): void {
    loop.series?.close();
    for (const output of this.#parts.outputs) output.forget(loop.plan.id);
  }

  async #finishScrapes(withinMs: number): Promise<void> {
    const inFlight = [...this.#loops.values()].flatMap((loop) => loop.inFlight ?? []);
    inFlight.push(...this.#ending.inFlight);
    if (inFlight.length === 0) return;
    let timer: ClockTimer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.#parts.clock.setTimer(withinMs, resolve);
    });
    await Promise.race([Promise.all(inFlight), late]);
    timer?.cancel();
  }
}
