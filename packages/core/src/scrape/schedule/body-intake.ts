import { ParsedBody } from '../../exposition/parsed-body.js';
import type { ScrapeJob } from '../../targets/scrape-job.js';
import type { TargetStatus } from '../../targets/target-status.js';
import { isLargeBatch } from '../batch/batch-parts.js';
import { handOverParts } from '../batch/hand-over-parts.js';
import type { TargetSeries } from '../batch/target-series.js';
import type { BodyBuffer } from '../fetch/body-buffer.js';
import type { FetchedBody } from '../fetch/fetch-body.js';
import { readLongBody } from '../fetch/long-body.js';
import { bodyFormat } from '../fetch/scrape-request.js';
import { inTurns, type TurnsOf } from '../in-turns.js';
import { ScrapeFailure } from '../scrape-failure.js';
import type { TargetPlan } from '../target-plan.js';
import type { ScrapeLoopShared } from './scrape-loop-shared.js';

/** More series than that are met in turns with the work of other targets. */
const mostDecidedAtOnce = 1000;

export interface IntakeParts {
  readonly plan: TargetPlan;
  readonly job: ScrapeJob;
  readonly series: TargetSeries;
  readonly turns: TurnsOf;
  readonly shared: ScrapeLoopShared;
  /** The scrape has ended, and its batch is with the outputs. */
  conclude(status: TargetStatus): void;
}

/** What becomes of a target's body, or of its failure: samples, a batch, and the batch handed over. */
export class BodyIntake {
  readonly #parts: IntakeParts;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** Resolves when the batch is out; undefined when that was at once. */
  ingest(
    timestampMs: number,
    startMs: number,
    body: Uint8Array,
    contentType: string | undefined,
  ): Promise<void> | undefined {
    const { plan, job, series, shared } = this.#parts;
    const { parsed } = shared;
    const { length } = body;
    try {
      series.read(bodyFormat(job, body, contentType), body, length, parsed);
    } catch (error) {
      return this.fail(timestampMs, startMs, error, length);
    }
    const isLong = series.countUndecided(parsed) > mostDecidedAtOnce;
    if (isLong && plan.source === 'http') {
      shared.parsed = new ParsedBody();
      series.holdBody();
      return this.#acceptInTurns(timestampMs, startMs, length, parsed);
    }
    return this.#accept(timestampMs, startMs, length, parsed);
  }

  /** A large body: others' scrapes do not wait for all of it. */
  async ingestLong(
    timestampMs: number,
    startMs: number,
    buffer: BodyBuffer,
    answer: FetchedBody,
  ): Promise<void> {
    const { job, series, shared, turns } = this.#parts;
    const parsed = new ParsedBody();
    const long = { buffer, answer, job, memory: shared.memory };
    const { length, error } = await inTurns(readLongBody(long, series, parsed), turns);
    if (error !== undefined) return this.fail(timestampMs, startMs, error, length);
    return this.#acceptInTurns(timestampMs, startMs, length, parsed);
  }

  /** Of a body that did not come, or that cannot be used: `up 0`, and markers for what was there. */
  fail(
    timestampMs: number,
    startMs: number,
    error: unknown,
    readBytes = 0,
  ): Promise<void> | undefined {
    const failure = ScrapeFailure.from(error);
    const bodyBytes = failure.reason === 'body_size' ? -1 : readBytes;
    const { series, shared } = this.#parts;
    const durationMs = shared.clock.monotonicMs() - startMs;
    series.fail(timestampMs, durationMs / 1000, bodyBytes);
    shared.counters.scrapesFailed[failure.reason]++;
    return this.#finish(timestampMs, startMs, 0, failure);
  }

  /** Resolves when the batch is with the outputs; undefined when it is at once. */
  handOver(isOver: () => boolean): Promise<void> | undefined {
    const { plan, series, shared, turns } = this.#parts;
    const { batch } = series;
    // What is pushed may come again before it ends.
    if (!isLargeBatch(batch) || plan.source === 'pushed') {
      shared.deliver(batch);
      return undefined;
    }
    shared.busy.leave();
    // A tick that comes meanwhile is skipped: better one scrape in two than a half of each.
    const deadlineMs = shared.clock.monotonicMs() + plan.intervalMs;
    return handOverParts(batch, shared, turns, deadlineMs, isOver);
  }

  /** The first body of a large target: others' scrapes do not wait for all of its series. */
  async #acceptInTurns(
    timestampMs: number,
    startMs: number,
    length: number,
    parsed: ParsedBody,
  ): Promise<void> {
    const { series, shared, turns } = this.#parts;
    const { busy, clock } = shared;
    busy.leave();
    if (series.countUndecided(parsed) > 0) await inTurns(series.decideAhead(parsed), turns);
    const duration = () => (clock.monotonicMs() - startMs) / 1000;
    try {
      await inTurns(series.acceptSlices(length, parsed, timestampMs, duration), turns);
    } catch (error) {
      if (turns.giveUp.isGivenUp) return;
      return this.fail(timestampMs, startMs, error, length);
    }
    busy.enter(turns.words);
    return this.#accepted(timestampMs, startMs, length, parsed);
  }

  #accept(
    timestampMs: number,
    startMs: number,
    length: number,
    parsed: ParsedBody,
  ): Promise<void> | undefined {
    const { series, shared } = this.#parts;
    const duration = () => (shared.clock.monotonicMs() - startMs) / 1000;
    try {
      series.accept(length, parsed, timestampMs, duration);
    } catch (error) {
      return this.fail(timestampMs, startMs, error, length);
    }
    return this.#accepted(timestampMs, startMs, length, parsed);
  }

  #accepted(
    timestampMs: number,
    startMs: number,
    length: number,
    parsed: ParsedBody,
  ): Promise<void> | undefined {
    this.#parts.shared.counters.bodyBytes += length;
    return this.#finish(timestampMs, startMs, parsed.count, undefined);
  }

  #finish(
    timestampMs: number,
    startMs: number,
    samples: number,
    failure: ScrapeFailure | undefined,
  ): Promise<void> | undefined {
    const { clock, counters } = this.#parts.shared;
    counters.scrapes++;
    const status = {
      targetId: this.#parts.plan.id,
      health: failure === undefined ? ('up' as const) : ('down' as const),
      lastScrapeMs: timestampMs,
      lastDurationMs: clock.monotonicMs() - startMs,
      lastSamples: samples,
      series: 0,
      lastError: failure?.message ?? '',
      lastReason: failure?.reason,
    };
    const handingOver = this.handOver(() => this.#parts.turns.giveUp.isGivenUp);
    if (handingOver !== undefined) return handingOver.then(() => this.#concludeLarge(status));
    this.#parts.conclude(status);
    return undefined;
  }

  /** A large batch may have many series that no body has any more. */
  async #concludeLarge(status: TargetStatus): Promise<void> {
    const { series, turns } = this.#parts;
    try {
      await inTurns(series.settleSlices(), turns);
    } catch (error) {
      if (!turns.giveUp.isGivenUp) throw error;
    }
    this.#parts.conclude(status);
  }
}
