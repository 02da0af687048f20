import type { KeptRequest } from '../../http-client/kept-request.js';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import { neverScraped, type TargetStatus } from '../../targets/target-status.js';
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

/** The running state of one target: its ticks, its requests, its last result. */
export class ScrapeLoop implements ScheduledTarget {
  readonly plan: TargetPlan;
  readonly series: TargetSeries;
  readonly job: ScrapeJob;
  readonly #shared: ScrapeLoopShared;
  readonly #request: KeptRequest;
  readonly #giveUp = new GiveUp();
  /** The scrape in flight; never rejects. */
  inFlight: Promise<void> | undefined;
  /** What the last tick was stamped with, Unix ms; of another thread's, too. */
  stampMs = Number.NEGATIVE_INFINITY;
  readonly #turns: TurnsOf;
  readonly #intake: BodyIntake;
  #keptSocket = false;
  #accountedBytes = 0;
  #status: TargetStatus;

  constructor(plan: TargetPlan, job: ScrapeJob, series: TargetSeries, shared: ScrapeLoopShared) {
    this.plan = plan;
    this.series = series;
    this.job = job;
    this.#shared = shared;
    const { url, intervalMs, timeoutMs } = plan;
    const headers = requestHeaders(plan, job, shared.userAgent);
    this.#request = shared.clients.request({ http: job.http, url, headers, intervalMs, timeoutMs });
    this.#turns = { busy: shared.busy, words: wordsOf(plan.id), giveUp: this.#giveUp };
    const conclude = (status: TargetStatus) => this.#conclude(status);
    this.#intake = new BodyIntake({ plan, job, series, turns: this.#turns, shared, conclude });
    this.#status = neverScraped(plan.id);
    this.#account();
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
    return this.#status;
  }

  /** Stops scraping and gives the target's memory back; a scrape still in flight ends without a batch. */
  stop(): void {
    this.#giveUp.now();
    this.#request.close();
    this.#shared.memory.give(this.#accountedBytes);
    this.#accountedBytes = 0;
  }

  /** Writes the markers of a target that is gone; resolves when the outputs have them. */
  async end(timestampMs: number): Promise<void> {
    this.series.end(timestampMs);
    await this.#intake.handOver(() => false);
  }

  tick(timestampMs: number): void {
    if (this.plan.source === 'pushed' || this.#giveUp.isGivenUp) return;
    this.stampMs = timestampMs;
    const { refusal } = this.plan;
    if (refusal === undefined) this.#fly(this.#scrape(timestampMs));
    else {
      const failure = new ScrapeFailure(refusal.reason, refusal.message);
      this.#fly(this.#intake.fail(timestampMs, this.#shared.clock.monotonicMs(), failure));
    }
  }

  /** A body that came without HTTP: the service's own registry. */
  push(timestampMs: number, pushed: PushedBody): void {
    const { clock } = this.#shared;
    const startMs = clock.monotonicMs() - pushed.durationMs;
    if (pushed.error !== undefined) {
      void this.#intake.fail(timestampMs, startMs, new ScrapeFailure('internal', pushed.error));
      return;
    }
    void this.#intake.ingest(timestampMs, startMs, pushed.body, pushed.contentType ?? 'text/plain');
  }

  #fly(work: Promise<void> | undefined): void {
    this.inFlight = work?.finally(() => {
      this.inFlight = undefined;
    });
  }

  async #scrape(timestampMs: number): Promise<void> {
    const { clock, deadlines, buffers, inflater } = this.#shared;
    const buffer = buffers.take();
    const { bodySizeLimitBytes } = this.job;
    const startMs = clock.monotonicMs();
    try {
      const answer = await fetchBody({
        request: this.#request,
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
        await this.#intake.ingestLong(timestampMs, startMs, buffer, answer);
        return;
      }
      // Nothing waits until the body is read: an inflated one is gone with the next.
      this.#shared.busy.enter(this.#turns.words);
      const body = decodeBody(buffer, contentEncoding, inflater, bodySizeLimitBytes);
      const rest = this.#intake.ingest(timestampMs, startMs, body, contentType);
      if (rest !== undefined) await rest;
    } catch (error) {
      if (this.#giveUp.isGivenUp) return;
      this.#logFailure(error);
      await this.#intake.fail(timestampMs, startMs, error);
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

  #conclude(status: TargetStatus): void {
    if (this.#giveUp.isGivenUp) return;
    this.series.settle();
    this.#account();
    this.#status = { ...status, series: this.series.seriesCount };
    this.#shared.scraped(this);
  }

  /** Series are accounted after the fact: a scrape is refused for its body, never half-way. */
  #account(): void {
    const { memory } = this.#shared;
    const now = this.series.memoryBytes;
    memory.give(this.#accountedBytes);
    memory.force(now);
    this.#accountedBytes = now;
  }
}
