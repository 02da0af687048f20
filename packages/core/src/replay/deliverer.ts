import type { Clock } from '../clock.js';
import { PromAgentError } from '../errors.js';
import type { Logger } from '../logger.js';
import { Backoff } from '../outputs/delivery/backoff.js';
import type { PostResult } from '../outputs/delivery/exchange.js';
import { judge } from '../outputs/delivery/verdict.js';
import type { RemoteWriteQueueOptions } from '../outputs/remote-write/remote-write-options.js';
import type { Endpoint } from '../outputs/remote-write/send/endpoint.js';
import type { WriteVersion } from '../outputs/wire/request-parts.js';
import type { DecodedSeries } from './decode/decoded-message.js';
import type { FamilyNews } from './family-news.js';
import { pause, withinGrace } from './pause.js';
import type { PreparedMessage } from './prepare-message.js';
import type { RateLimit } from './rate-limit.js';
import type { ReplayStats } from './replay-stats.js';
import { SpokenFailure } from './spoken-failure.js';
import { joinedBodies, writeBody } from './write-body.js';

/** Answers by which a receiver refuses a request for something in it. */
const refusals: ReadonlySet<number> = new Set([400, 413, 422]);
/** Requests to find out what of one refused message is to blame. */
const mostPieces = 2_000;
/** Halves and quarters: when none of them is taken, single series tell whether there is any hope. */
const roughPieces = 6;
const probes = 16;
/** The same, once the last messages that were taken apart had nothing good in them. */
const probesThen = 4;
const hopelessMessages = 3;
/** So long the request under way may take when the replay is stopped. */
const graceMs = 5_000;
/** How often the log says that the receiver refuses. */
const sayEveryMs = 10_000;

export interface DelivererParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly endpoint: Endpoint;
  readonly queue: RemoteWriteQueueOptions;
  readonly version: WriteVersion;
  readonly stats: ReplayStats;
  readonly limit: RateLimit;
  readonly families: FamilyNews;
}

type Piece = readonly DecodedSeries[];

/** What is known of a refused message. */
interface Found {
  /** The last by which something was refused. */
  answer: PostResult;
  /** Samples. */
  taken: number;
  rejected: number;
}

interface Way {
  readonly lane: number;
  readonly stop: AbortSignal;
}

/** Hands messages to the receiver until it has taken or refused each of their samples. */
export class Deliverer {
  readonly #parts: DelivererParts;
  readonly #failure: SpokenFailure;
  #saidMs = Number.NEGATIVE_INFINITY;
  #hopeless = 0;

  constructor(parts: DelivererParts) {
    this.#parts = parts;
    this.#failure = new SpokenFailure(parts.logger, parts.clock, 'the receiver');
  }

  /**
   * Resolves when the receiver has settled all samples, false when it was stopped before.
   * @param lane its own connection: no two calls of a lane at once
   * @param stop aborted: what is not on the wire yet stays in Kafka
   * @throws PromAgentError REPLAY_FAILED for an answer that will not change
   */
  async deliver(
    lane: number,
    messages: readonly PreparedMessage[],
    stop: AbortSignal,
  ): Promise<boolean> {
    const series = messages.flatMap((message) => message.series);
    const samples = messages.reduce((sum, message) => sum + message.samples, 0);
    if (samples === 0) return true;
    const { limit, clock, version } = this.#parts;
    await pause(clock, limit.take(samples), stop);
    const families = this.#parts.families.of(messages);
    const way: Way = { lane, stop };
    const body = bodyAsItIs(messages, version) ?? writeBody(series, families, version);
    const result = await this.#post(way, body);
    if (result === undefined) return false;
    if (isTaken(result)) {
      this.#taken(samples);
      return true;
    }
    if (this.#isPartlyWritten(result, samples)) return true;
    if (messages.length === 1) return this.#takeApart(way, series, result);
    // Of many scrapes most are good: one by one they are sooner told from the others.
    for (const message of messages) {
      if (message.samples === 0) continue;
      const one = await this.#post(way, writeBody(message.series, [], version));
      if (one === undefined) return false;
      if (isTaken(one)) this.#taken(message.samples);
      else if (!(await this.#takeApart(way, message.series, one))) return false;
    }
    return true;
  }

  /** Sends ever smaller pieces, the larger first, until those are known that are refused. */
  async #takeApart(way: Way, series: Piece, answer: PostResult): Promise<boolean> {
    const found: Found = { answer, taken: 0, rejected: 0 };
    const isKnown = await this.#findRefused(way, series, found);
    if (found.taken > 0) this.#taken(found.taken);
    if (!isKnown) return false;
    this.#hopeless = found.taken === 0 ? this.#hopeless + 1 : 0;
    this.#rejected(found.rejected, found.answer);
    return true;
  }

  async #findRefused(way: Way, series: Piece, found: Found): Promise<boolean> {
    if (series.length === 1) found.rejected += samplesOf(series);
    let left = await this.#split(way, halves(series), found, roughPieces);
    if (left !== undefined && left.length > 0 && found.taken === 0) {
      const { singles, rest } = spread(
        left.flat(),
        this.#hopeless < hopelessMessages ? probes : probesThen,
      );
      left = await this.#split(way, singles, found, singles.length);
      if (left === undefined) return false;
      // As after a replay of the same before: the receiver has all of it.
      if (found.taken === 0) found.rejected += samplesOf(rest);
      else if (rest.length > 0) left = [rest];
    }
    if (left !== undefined) left = await this.#split(way, left, found, mostPieces);
    if (left === undefined) return false;
    for (const piece of left) found.rejected += samplesOf(piece);
    return true;
  }

  /** Sends so many pieces at most; gives back those that are not known yet, undefined when stopped. */
  async #split(
    way: Way,
    pieces: readonly Piece[],
    found: Found,
    most: number,
  ): Promise<Piece[] | undefined> {
    const pending = [...pieces];
    for (let tried = 0; tried < most; tried++) {
      const piece = pending.shift();
      if (piece === undefined) break;
      const result = await this.#post(way, writeBody(piece, [], this.#parts.version));
      if (result === undefined) return undefined;
      if (isTaken(result)) {
        found.taken += samplesOf(piece);
        continue;
      }
      found.answer = result;
      if (piece.length === 1) found.rejected += samplesOf(piece);
      pending.push(...halves(piece));
    }
    return pending;
  }

  /** Until there is an answer that counts; undefined when stopped before. */
  async #post({ lane, stop }: Way, body: Uint8Array): Promise<PostResult | undefined> {
    const { clock, endpoint, queue, stats, version } = this.#parts;
    const backoff = new Backoff(queue);
    for (let attempt = 0; ; attempt++) {
      if (stop.aborted) return undefined;
      stats.requests++;
      if (attempt > 0) stats.retries++;
      stats.bytesSent += body.length;
      const answer = endpoint.post(lane, body, attempt, version);
      const result = await withinGrace(clock, answer, stop, graceMs);
      if (result === undefined) return undefined;
      const verdict = judge(result, queue.retryOnHttp429, clock.nowMs());
      if (verdict.kind !== 'retry') {
        this.#answered(result);
        return result;
      }
      this.#failed(result);
      await pause(clock, backoff.nextMs(verdict.afterMs), stop);
    }
  }

  #answered(result: PostResult): void {
    this.#failure.isOver();
    const { status, written } = result;
    if (isTaken(result)) {
      if (this.#parts.version === 1 || written !== undefined) return;
      // It has decoded the request as an empty message of 1.0 (remote write 2.0, "Required Written
      // Response Headers").
      throw failed(
        'the receiver does not know remote write 2.0: replay with --to-version 1.0',
        result,
      );
    }
    if (refusals.has(status)) return;
    if (status === 415) {
      throw failed('the receiver does not know this version of remote write', result);
    }
    throw failed('the receiver refuses, and not for the samples', result);
  }

  /** A receiver of 2.0 writes what is good of a request and says how much that was. */
  #isPartlyWritten(result: PostResult, samples: number): boolean {
    if (this.#parts.version === 1 || result.written === undefined) return false;
    const written = Math.min(result.written, samples);
    if (written > 0) this.#taken(written);
    this.#rejected(samples - written, result);
    return true;
  }

  #taken(samples: number): void {
    this.#parts.stats.samplesSent += samples;
  }

  #rejected(samples: number, result: PostResult): void {
    if (samples === 0) return;
    const { stats, logger } = this.#parts;
    stats.samplesRejected += samples;
    stats.lastError = wordsOf(result);
    if (!this.#maySay()) return;
    const { samplesRejected } = stats;
    logger.warn({ samples: samplesRejected, error: stats.lastError }, 'samples are refused');
  }

  #failed(result: PostResult): void {
    const words = wordsOf(result);
    this.#parts.stats.lastError = words;
    this.#failure.say(words);
  }

  #maySay(): boolean {
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs - this.#saidMs < sayEveryMs) return false;
    this.#saidMs = nowMs;
    return true;
  }
}

/** Undefined where it is to be written anew. */
function bodyAsItIs(
  messages: readonly PreparedMessage[],
  version: WriteVersion,
): Uint8Array | undefined {
  const bodies = messages.flatMap(({ body }) => body ?? []);
  return bodies.length === messages.length ? joinedBodies(bodies, version) : undefined;
}

function isTaken({ status }: PostResult): boolean {
  return status >= 200 && status < 300;
}

function halves(series: Piece): Piece[] {
  if (series.length < 2) return [];
  const middle = series.length >>> 1;
  return [series.slice(0, middle), series.slice(middle)];
}

/** Some series by themselves, evenly from all over, and the others. */
function spread(series: Piece, count: number): { singles: Piece[]; rest: Piece } {
  const step = Math.max(1, Math.floor(series.length / count));
  const isSingle = (i: number): boolean => i % step === 0 && i / step < count;
  return {
    singles: series.filter((_, i) => isSingle(i)).map((one) => [one]),
    rest: series.filter((_, i) => !isSingle(i)),
  };
}

function samplesOf(series: Piece): number {
  return series.reduce((sum, { points }) => sum + points.length, 0);
}

function wordsOf({ status, words }: PostResult): string {
  return status === 0 ? words : `HTTP ${status}: ${words}`;
}

function failed(why: string, result: PostResult): PromAgentError {
  return new PromAgentError('REPLAY_FAILED', `${why}: ${wordsOf(result)}`, {
    data: { status: result.status },
  });
}
