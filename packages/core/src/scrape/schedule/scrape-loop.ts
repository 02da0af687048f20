import type { KeptRequest } from '../../http-client/kept-request.js';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import { neverScraped, type TargetStatus } from '../../targets/target-status.js';
import type { SeriesMaker } from '../batch/series-maker.js';
import type { TargetSeries } from '../batch/target-series.js';
import { wordsOf } from '../busy-target.js';
import { decodeBody, isLongBody } from '../fetch/decode-body.js';
import { fetchBody } from '../fetch/fetch-body.js';
import { requestHeaders } from '../fetch/scrape-request.js';
import { GiveUp } from '../give-up.js';
import type { TurnsOf } from '../in-turns.js';
import type { PushedBody } from '../messages.js';
import { ScrapeFailure } from '../scrape-failure.js';
import type { TargetPlan } from '../target-plan.js';
import { BodyIntake } from './body-intake.js';
import type { ScheduledTarget } from './scheduler.js';
import type { ScrapeLoopShared } from './scrape-loop-shared.js';

/** What scraping a target takes. */
interface Scraping {
  readonly series: TargetSeries;
  readonly turns: TurnsOf;
  readonly intake: BodyIntake;
  request: KeptRequest | undefined;
}

/**
 * The running state of one target: its ticks, its requests, its last result. All but the ticks is made at the
 * first of them: of ten thousand targets that come at once that is over their interval.
 */
export class ScrapeLoop implements ScheduledTarget {
  readonly plan: TargetPlan;
  readonly job: ScrapeJob;
  readonly #maker: SeriesMaker;
  readonly #shared: ScrapeLoopShared;
  readonly #giveUp = new GiveUp();
  #scraping: Scraping | undefined;
  /** The scrape in flight; never rejects. */
  inFlight: Promise<void> | undefined;
  /** What the last tick was stamped with, Unix ms; of another thread's, too. */
  stampMs = Number.NEGATIVE_INFINITY;
  #keptSocket = false;
  #accountedBytes = 0;
  #status: TargetStatus | undefined;

  /** @param series of a target that was scraped before, otherwise or elsewhere */
  constructor(
    plan: TargetPlan,
    maker: SeriesMaker,
    shared: ScrapeLoopShared,
    series: TargetSeries | undefined,
  ) {
    this.plan = plan;
    this.job = maker.jobOf(plan);
    this.#maker = maker;
    this.#shared = shared;
    if (series !== undefined) this.#prepare(series);
  }

  get busy(): boolean {
    return this.inFlight !== undefined;
  }

  get intervalMs(): number {
    return this.plan.intervalMs;
  }

  get phaseMs(): number {
    return this.plan.phaseMs;
  }

  get status(): TargetStatus {
    return this.#status ?? neverScraped(this.plan.id);
  }

  /** Undefined before the first tick. */
  get series(): TargetSeries | undefined {
    return this.#scraping?.series;
  }

  /** Alive now, the synthetic ones included. */
  get seriesCount(): number {
    return this.series?.seriesCount ?? 0;
  }

  /** Stops scraping and gives the target's memory back; a scrape still in flight ends without a batch. */
  stop(): void {
    this.#giveUp.now();
    this.#scraping?.request?.close();
    this.#shared.memory.give(this.#accountedBytes);
    this.#accountedBytes = 0;
  }

  /** Writes the markers of a target that is gone; resolves when the outputs have them. */
  async end(timestampMs: number): Promise<void> {
    if (this.#scraping === undefined) return;
    const { series, intake } = this.#scraping;
    series.end(timestampMs);
    await intake.handOver(() => false);
  }

  tick(timestampMs: number): void {
    if (this.plan.source === 'pushed' || this.#giveUp.isGivenUp) return;
    this.stampMs = timestampMs;
    const { refusal } = this.plan;
    const scraping = this.#prepare();
    if (refusal === undefined) this.#fly(this.#scrape(scraping, timestampMs));
    else {
      const failure = new ScrapeFailure(refusal.reason, refusal.message);
      this.#fly(scraping.intake.fail(timestampMs, this.#shared.clock.monotonicMs(), failure));
    }
  }

  /** A body that came without HTTP: the service's own registry. */
  push(timestampMs: number, pushed: PushedBody): void {
    const { clock } = this.#shared;
    const { intake } = this.#prepare();
    const startMs = clock.monotonicMs() - pushed.durationMs;
    if (pushed.error !== undefined) {
      void intake.fail(timestampMs, startMs, new ScrapeFailure('internal', pushed.error));
      return;
    }
    void intake.ingest(timestampMs, startMs, pushed.body, pushed.contentType ?? 'text/plain');
  }

  #prepare(known?: TargetSeries): Scraping {
    if (this.#scraping !== undefined) return this.#scraping;
    const shared = this.#shared;
    const { plan, job } = this;
    const series = known ?? this.#maker.create(plan);
    const turns = { busy: shared.busy, words: wordsOf(plan.id), giveUp: this.#giveUp };
    const conclude = (status: TargetStatus) => this.#conclude(series, status);
    const intake = new BodyIntake({ plan, job, series, turns, shared, conclude });
    this.#scraping = { series, turns, intake, request: undefined };
    this.#account(series);
    return this.#scraping;
  }

  /** Not of a target that is pushed or refused. */
  #requestOf(scraping: Scraping): KeptRequest {
    if (scraping.request !== undefined) return scraping.request;
    const { clients, userAgent } = this.#shared;
    const { plan, job } = this;
    const { url, intervalMs, timeoutMs } = plan;
    const headers = requestHeaders(plan, job, userAgent);
    scraping.request = clients.request({ http: job.http, url, headers, intervalMs, timeoutMs });
    return scraping.request;
  }

  #fly(work: Promise<void> | undefined): void {
    this.inFlight = work?.finally(() => {
      this.inFlight = undefined;
    });
  }

  async #scrape(scraping: Scraping, timestampMs: number): Promise<void> {
    const { clock, deadlines, buffers, inflater } = this.#shared;
    const buffer = buffers.take();
    const { bodySizeLimitBytes } = this.job;
    const { intake, turns } = scraping;
    const startMs = clock.monotonicMs();
    try {
      const answer = await fetchBody({
        request: this.#requestOf(scraping),
        timeoutMs: this.plan.timeoutMs,
        clock,
        deadlines,
        buffer,
        bodySizeLimitBytes,
        keptSocket: this.#keptSocket,
        giveUp: this.#giveUp,
      });
      this.#keptSocket = true;
      if (this.#giveUp.isGivenUp) return;
      const { contentType, contentEncoding } = answer;
      if (isLongBody(buffer, contentEncoding)) {
        await intake.ingestLong(timestampMs, startMs, buffer, answer);
        return;
      }
      // Nothing waits until the body is read: an inflated one is gone with the next.
      this.#shared.busy.enter(turns.words);
      const body = decodeBody(buffer, contentEncoding, inflater, bodySizeLimitBytes);
      const rest = intake.ingest(timestampMs, startMs, body, contentType);
      if (rest !== undefined) await rest;
    } catch (error) {
      if (this.#giveUp.isGivenUp) return;
      this.#logFailure(error);
      await intake.fail(timestampMs, startMs, error);
    } finally {
      this.#shared.busy.leave();
      inflater.release();
      buffers.give(buffer);
    }
  }

  /** As Prometheus: a body that came and cannot be used is no line. */
  #logFailure(error: unknown): void {
    const { name: job, scrapeFailureLogFile: file } = this.job;
    if (file === undefined) return;
    const { message } = ScrapeFailure.from(error);
    this.#shared.failureLogs.append(file, { job, target: this.plan.url, message });
  }

  #conclude(series: TargetSeries, status: TargetStatus): void {
    if (this.#giveUp.isGivenUp) return;
    series.settle();
    this.#account(series);
    this.#status = { ...status, series: series.seriesCount };
    this.#shared.scraped(this);
  }

  /** Series are accounted after the fact: a scrape is refused for its body, never half-way. */
  #account({ memoryBytes: now }: TargetSeries): void {
    const { memory } = this.#shared;
    memory.give(this.#accountedBytes);
    memory.force(now);
    this.#accountedBytes = now;
  }
}
