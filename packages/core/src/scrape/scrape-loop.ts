import { ParsedBody } from '../exposition/parsed-body.js';
import type { KeptRequest } from '../http-client/kept-request.js';
import type { ScrapeJob } from '../targets/scrape-job.js';
import { neverScraped, type TargetStatus } from '../targets/target-status.js';
import { isLargeBatch } from './batch-parts.js';
import type { BodyBuffer } from './body-buffer.js';
import { wordsOf } from './busy-target.js';
import { decodeBody, isLongBody } from './decode-body.js';
import { type FetchedBody, fetchBody } from './fetch-body.js';
import { GiveUp } from './give-up.js';
import { handOverParts } from './hand-over-parts.js';
import { inTurns, type TurnsOf } from './in-turns.js';
import { readLongBody } from './long-body.js';
import type { PushedBody } from './messages.js';
import type { ScheduledTarget } from './scheduler.js';
import { ScrapeFailure } from './scrape-failure.js';
import type { ScrapeLoopShared } from './scrape-loop-shared.js';
import { bodyFormat, requestHeaders } from './scrape-request.js';
import type { TargetPlan } from './target-plan.js';
import type { TargetSeries } from './target-series.js';

/** More series than that are met in turns with the work of other targets. */
const mostDecidedAtOnce = 1000;

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

  /** Stops scraping and gives the target's memory back; what is in flight ends without a batch. */
  stop(): void {
    this.#giveUp.now();
    this.#request.close();
    this.#shared.memory.give(this.#accountedBytes);
    this.#accountedBytes = 0;
  }

  /** Writes the markers of a target that is gone; resolves when the outputs have them. */
  async end(timestampMs: number): Promise<void> {
    this.series.end(timestampMs);
    await this.#handOver(() => false);
  }

  tick(timestampMs: number): void {
    if (this.plan.source === 'pushed' || this.#giveUp.isGivenUp) return;
    this.stampMs = timestampMs;
    const { refusal } = this.plan;
    if (refusal === undefined) this.#fly(this.#scrape(timestampMs));
    else {
      const failure = new ScrapeFailure(refusal.reason, refusal.message);
      this.#fly(this.#failed(timestampMs, this.#shared.clock.monotonicMs(), failure));
    }
  }

  /** A body that came without HTTP: the service's own registry. */
  push(timestampMs: number, pushed: PushedBody): void {
    const { clock } = this.#shared;
    const startMs = clock.monotonicMs() - pushed.durationMs;
    if (pushed.error !== undefined) {
      void this.#failed(timestampMs, startMs, new ScrapeFailure('internal', pushed.error));
      return;
    }
    void this.#ingest(timestampMs, startMs, pushed.body, pushed.contentType ?? 'text/plain');
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
        await this.#ingestLong(timestampMs, startMs, buffer, answer);
        return;
      }
      // Nothing waits until the body is read: an inflated one is gone with the next.
      this.#shared.busy.enter(this.#turns.words);
      const body = decodeBody(buffer, contentEncoding, inflater, bodySizeLimitBytes);
      const rest = this.#ingest(timestampMs, startMs, body, contentType);
      if (rest !== undefined) await rest;
    } catch (error) {
      if (this.#giveUp.isGivenUp) return;
      this.#logFailure(error);
      await this.#failed(timestampMs, startMs, error);
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

  /** Resolves when the batch is out; undefined when that was at once. */
  #ingest(
    timestampMs: number,
    startMs: number,
    body: Uint8Array,
    contentType: string | undefined,
  ): Promise<void> | undefined {
    const { parsed } = this.#shared;
    const { length } = body;
    try {
      this.series.read(bodyFormat(this.job, body, contentType), body, length, parsed);
    } catch (error) {
      return this.#failed(timestampMs, startMs, error, length);
    }
    const isLong = this.series.countUndecided(parsed) > mostDecidedAtOnce;
    if (isLong && this.plan.source === 'http') {
      this.#shared.parsed = new ParsedBody();
      this.series.holdBody();
      return this.#acceptInTurns(timestampMs, startMs, length, parsed);
    }
    return this.#accept(timestampMs, startMs, length, parsed);
  }

  /** A large body: others' scrapes do not wait for all of it. */
  async #ingestLong(
    timestampMs: number,
    startMs: number,
    buffer: BodyBuffer,
    answer: FetchedBody,
  ): Promise<void> {
    const { memory } = this.#shared;
    const parsed = new ParsedBody();
    const long = { buffer, answer, job: this.job, memory };
    const reading = readLongBody(long, this.series, parsed);
    const { length, error } = await inTurns(reading, this.#turns);
    if (error !== undefined) return this.#failed(timestampMs, startMs, error, length);
    return this.#acceptInTurns(timestampMs, startMs, length, parsed);
  }

  /** The first body of a large target: others' scrapes do not wait for all of its series. */
  async #acceptInTurns(
    timestampMs: number,
    startMs: number,
    length: number,
    parsed: ParsedBody,
  ): Promise<void> {
    const { busy, clock } = this.#shared;
    busy.leave();
    if (this.series.countUndecided(parsed) > 0) {
      await inTurns(this.series.decideAhead(parsed), this.#turns);
    }
    const duration = () => (clock.monotonicMs() - startMs) / 1000;
    try {
      const accepting = this.series.acceptSlices(length, parsed, timestampMs, duration);
      await inTurns(accepting, this.#turns);
    } catch (error) {
      if (this.#giveUp.isGivenUp) return;
      return this.#failed(timestampMs, startMs, error, length);
    }
    busy.enter(this.#turns.words);
    return this.#accepted(timestampMs, startMs, length, parsed);
  }

  #accept(
    timestampMs: number,
    startMs: number,
    length: number,
    parsed: ParsedBody,
  ): Promise<void> | undefined {
    const { clock } = this.#shared;
    try {
      this.series.accept(length, parsed, timestampMs, () => (clock.monotonicMs() - startMs) / 1000);
    } catch (error) {
      return this.#failed(timestampMs, startMs, error, length);
    }
    return this.#accepted(timestampMs, startMs, length, parsed);
  }

  #accepted(
    timestampMs: number,
    startMs: number,
    length: number,
    parsed: ParsedBody,
  ): Promise<void> | undefined {
    this.#shared.counters.bodyBytes += length;
    return this.#finish(timestampMs, startMs, parsed.count, undefined);
  }

  #failed(
    timestampMs: number,
    startMs: number,
    error: unknown,
    readBytes = 0,
  ): Promise<void> | undefined {
    const failure = ScrapeFailure.from(error);
    const bodyBytes = failure.reason === 'body_size' ? -1 : readBytes;
    const durationMs = this.#shared.clock.monotonicMs() - startMs;
    this.series.fail(timestampMs, durationMs / 1000, bodyBytes);
    const { scrapesFailed } = this.#shared.counters;
    scrapesFailed[failure.reason] = (scrapesFailed[failure.reason] ?? 0) + 1;
    return this.#finish(timestampMs, startMs, 0, failure);
  }

  #finish(
    timestampMs: number,
    startMs: number,
    samples: number,
    failure: ScrapeFailure | undefined,
  ): Promise<void> | undefined {
    const { clock, counters } = this.#shared;
    counters.scrapes++;
    const status = {
      targetId: this.plan.id,
      health: failure === undefined ? ('up' as const) : ('down' as const),
      lastScrapeMs: timestampMs,
      lastDurationMs: clock.monotonicMs() - startMs,
      lastSamples: samples,
      series: 0,
      lastError: failure?.message ?? '',
      lastReason: failure?.reason,
    };
    const handingOver = this.#handOver(() => this.#giveUp.isGivenUp);
    if (handingOver !== undefined) return handingOver.then(() => this.#concludeLarge(status));
    this.#conclude(status);
    return undefined;
  }

  /** Resolves when the batch is with the outputs; undefined when it is at once. */
  #handOver(isOver: () => boolean): Promise<void> | undefined {
    const shared = this.#shared;
    const { batch } = this.series;
    // What is pushed may come again before it ends.
    if (!isLargeBatch(batch) || this.plan.source === 'pushed') {
      shared.deliver(batch);
      return undefined;
    }
    shared.busy.leave();
    // A tick that comes meanwhile is skipped: better one scrape in two than a half of each.
    const deadlineMs = shared.clock.monotonicMs() + this.plan.intervalMs;
    return handOverParts(batch, shared, this.#turns, deadlineMs, isOver);
  }

  /** A large batch may have many series that no body has any more. */
  async #concludeLarge(status: TargetStatus): Promise<void> {
    try {
      await inTurns(this.series.settleSlices(), this.#turns);
    } catch (error) {
      if (!this.#giveUp.isGivenUp) throw error;
    }
    this.#conclude(status);
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
