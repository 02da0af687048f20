import type { Clock } from '../clock.js';
import { ParsedBody } from '../exposition/parsed-body.js';
import type { KeptRequest } from '../http-client/kept-request.js';
import type { ScrapeJob } from '../targets/scrape-job.js';
import { neverScraped, type TargetStatus } from '../targets/target-status.js';
import type { BodyBuffers } from './body-buffer.js';
import { type BusyTarget, type TargetWords, wordsOf } from './busy-target.js';
import type { Deadlines } from './deadlines.js';
import { decodeBody } from './decode-body.js';
import type { FailureLogs } from './failure-logs.js';
import { fetchBody } from './fetch-body.js';
import { GiveUp } from './give-up.js';
import type { HttpClients } from './http-clients.js';
import type { Inflater } from './inflater.js';
import type { MemoryAccount } from './memory-account.js';
import type { PushedBody, ShardCounters } from './messages.js';
import type { ScheduledTarget } from './scheduler.js';
import { ScrapeFailure } from './scrape-failure.js';
import { bodyFormat, requestHeaders } from './scrape-request.js';
import type { TargetBatch } from './target-batch.js';
import type { TargetPlan } from './target-plan.js';
import type { TargetSeries } from './target-series.js';

/** More series than that are met in turns with the work of other targets. */
const mostDecidedAtOnce = 1000;

/** What all loops of a shard share. */
export interface ScrapeLoopShared {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly clients: HttpClients;
  readonly buffers: BodyBuffers;
  readonly inflater: Inflater;
  readonly memory: MemoryAccount;
  /** What the running scrape has parsed; one that takes its time keeps it and leaves another. */
  parsed: ParsedBody;
  readonly counters: ShardCounters;
  readonly userAgent: string;
  readonly failureLogs: FailureLogs;
  readonly busy: BusyTarget;
  /** Told when a scrape has ended and its status stands. */
  scraped(loop: ScrapeLoop): void;
  /** Hands a batch to every output. */
  deliver(batch: TargetBatch): void;
}

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
  readonly #words: TargetWords;
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
    this.#words = wordsOf(plan.id);
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

  /** Writes the markers of a target that is gone. */
  end(timestampMs: number): void {
    this.series.end(timestampMs);
    this.#shared.deliver(this.series.batch);
  }

  tick(timestampMs: number): void {
    if (this.plan.source === 'pushed' || this.#giveUp.isGivenUp) return;
    this.stampMs = timestampMs;
    const { refusal } = this.plan;
    if (refusal !== undefined) {
      const failure = new ScrapeFailure(refusal.reason, refusal.message);
      this.#failed(timestampMs, this.#shared.clock.monotonicMs(), failure);
      return;
    }
    this.inFlight = this.#scrape(timestampMs).finally(() => {
      this.inFlight = undefined;
    });
  }

  /** A body that came without HTTP: the service's own registry. */
  push(timestampMs: number, pushed: PushedBody): void {
    const { clock } = this.#shared;
    const startMs = clock.monotonicMs() - pushed.durationMs;
    if (pushed.error !== undefined) {
      this.#failed(timestampMs, startMs, new ScrapeFailure('internal', pushed.error));
      return;
    }
    void this.#ingest(timestampMs, startMs, pushed.body, 'text/plain; version=0.0.4');
  }

  async #scrape(timestampMs: number): Promise<void> {
    const { clock, deadlines, buffers, inflater } = this.#shared;
    const buffer = buffers.take();
    const { bodySizeLimitBytes } = this.job;
    const startMs = clock.monotonicMs();
    try {
      const { contentType, contentEncoding } = await fetchBody({
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
      // Nothing waits until the body is read: an inflated one is gone with the next.
      this.#shared.busy.enter(this.#words);
      const body = decodeBody(buffer, contentEncoding, inflater, bodySizeLimitBytes);
      const rest = this.#ingest(timestampMs, startMs, body, contentType);
      if (rest !== undefined) await rest;
    } catch (error) {
      if (this.#giveUp.isGivenUp) return;
      this.#logFailure(error);
      this.#failed(timestampMs, startMs, error);
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
      this.#failed(timestampMs, startMs, error, length);
      return undefined;
    }
    const isLong = this.series.countUndecided(parsed) > mostDecidedAtOnce;
    if (isLong && this.plan.source === 'http') {
      return this.#acceptInTurns(timestampMs, startMs, length);
    }
    this.#accept(timestampMs, startMs, length, parsed);
    return undefined;
  }

  /** The first body of a large target: others' scrapes do not wait for all of its series. */
  async #acceptInTurns(timestampMs: number, startMs: number, length: number): Promise<void> {
    const { parsed, busy } = this.#shared;
    this.#shared.parsed = new ParsedBody();
    busy.leave();
    for (const _ of this.series.decideAhead(parsed)) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#giveUp.isGivenUp) return;
    }
    busy.enter(this.#words);
    this.#accept(timestampMs, startMs, length, parsed);
  }

  #accept(timestampMs: number, startMs: number, length: number, parsed: ParsedBody): void {
    const { clock, counters } = this.#shared;
    try {
      this.series.accept(length, parsed, timestampMs, () => (clock.monotonicMs() - startMs) / 1000);
    } catch (error) {
      this.#failed(timestampMs, startMs, error, length);
      return;
    }
    counters.bodyBytes += length;
    this.#finish(timestampMs, startMs, parsed.count, undefined);
  }

  #failed(timestampMs: number, startMs: number, error: unknown, readBytes = 0): void {
    const failure = ScrapeFailure.from(error);
    const bodyBytes = failure.reason === 'body_size' ? -1 : readBytes;
    const durationMs = this.#shared.clock.monotonicMs() - startMs;
    this.series.fail(timestampMs, durationMs / 1000, bodyBytes);
    const { scrapesFailed } = this.#shared.counters;
    scrapesFailed[failure.reason] = (scrapesFailed[failure.reason] ?? 0) + 1;
    this.#finish(timestampMs, startMs, 0, failure);
  }

  #finish(
    timestampMs: number,
    startMs: number,
    samples: number,
    failure: ScrapeFailure | undefined,
  ): void {
    this.#shared.counters.scrapes++;
    this.#shared.deliver(this.series.batch);
    this.series.settle();
    this.#account();
    this.#status = {
      targetId: this.plan.id,
      health: failure === undefined ? 'up' : 'down',
      lastScrapeMs: timestampMs,
      lastDurationMs: this.#shared.clock.monotonicMs() - startMs,
      lastSamples: samples,
      series: this.series.seriesCount,
      lastError: failure?.message ?? '',
      lastReason: failure?.reason,
    };
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
