import type { Clock } from '../../../clock.js';
import type { DeliveryStats } from '../../delivery/delivery-stats.js';
import type { PostResult } from '../../delivery/exchange.js';
import { judge, type Verdict } from '../../delivery/verdict.js';
import type { WriteBatch } from '../../queue/lanes/write-batch.js';
import type { Range, WriteVersion } from '../../wire/request-parts.js';
import { toVersion1 } from '../../wire/v2/to-version-1.js';
import type { RemoteWriteQueueOptions } from '../remote-write-options.js';
import type { Endpoint } from './endpoint.js';
import { cut, cutApart, halves, type Pieces, seriesIn } from './pieces.js';
import { type ReceiverState, whyVersion1 } from './receiver-state.js';

/** Answers by which a receiver refuses a request for something in it. */
const refusals: ReadonlySet<number> = new Set([400, 413, 422]);
/** Extra requests to find out what of a refused batch is to blame. */
const mostSplits = 32;

export interface DeliveryParts {
  readonly clock: Clock;
  readonly endpoint: Endpoint;
  readonly stats: DeliveryStats;
  readonly receiver: ReceiverState;
  readonly options: RemoteWriteQueueOptions;
  /** So many samples of the batch are done with; the rest of it stays in the queue. */
  settledPart(batch: WriteBatch, samples: number): void;
}

/** What came of an attempt: `status` is that of the last answer, 0 when there was none. */
export interface Attempt {
  readonly verdict: Verdict;
  readonly status: number;
}

/** What came of a post; `isOtherVersion`: that the same must be posted at once, as 1.0. */
interface Answer {
  readonly result: PostResult;
  readonly verdict: Verdict;
  readonly isOtherVersion?: true;
}

/** One batch on its way: what is posted, and what becomes of its samples. */
export class Delivery {
  readonly batch: WriteBatch;
  readonly #parts: DeliveryParts;
  #lane: number;
  #body: Uint8Array;
  #version: WriteVersion;
  #samples: number;
  #attempts = 0;
  /** Of a request that was refused, until all of it is known. */
  #pieces: Pieces | undefined;

  constructor(batch: WriteBatch, lane: number, parts: DeliveryParts) {
    this.batch = batch;
    this.#lane = lane;
    this.#parts = parts;
    this.#body = batch.body();
    this.#version = batch.symbols === undefined ? 1 : 2;
    this.#samples = batch.samples;
  }

  /** Not sent yet. */
  get samples(): number {
    return this.#samples;
  }

  /**
   * Posts the batch once, or as often as it takes to know which of its series are refused. Counts what was
   * sent and dropped. Undefined when the output was closed meanwhile.
   */
  async attempt(isStopped: () => boolean): Promise<Attempt | undefined> {
    const { stats } = this.#parts;
    const attempt = this.#attempts++;
    const pieces = this.#piecesLeft() ?? this.#setApart();
    if (pieces !== undefined) {
      const outcome = await this.#goOn(pieces, isStopped);
      return isStopped() ? undefined : outcome;
    }
    let answer = await this.#post(this.#wholeBody(), attempt, isStopped);
    if (answer.isOtherVersion) answer = await this.#post(this.#wholeBody(), attempt, isStopped);
    if (isStopped()) return undefined;
    const { result, verdict } = answer;
    if (verdict.kind === 'delivered') this.#delivered(this.#samples);
    else if (verdict.kind === 'retry') stats.failed(this.#samples, result);
    else {
      const outcome = await this.#refused(result, isStopped);
      return isStopped() ? undefined : outcome;
    }
    return { verdict, status: result.status };
  }

  #delivered(samples: number): void {
    const { stats, receiver, clock } = this.#parts;
    receiver.delivered(clock.monotonicMs());
    stats.delivered(samples, this.batch.highestTimestampMs);
  }

  /** Of the version that the receiver knows. */
  #wholeBody(): Uint8Array {
    if (this.#version === 2 && !this.#parts.receiver.takesVersion2) {
      const { body, leftOut } = toVersion1(this.#body);
      this.#body = body;
      this.#version = 1;
      this.#leaveOut(leftOut);
    }
    return this.#body;
  }

  #leaveOut(histograms: number): void {
    if (histograms === 0) return;
    this.#samples -= histograms;
    this.#parts.stats.unsupported(histograms);
    this.#parts.settledPart(this.batch, histograms);
  }

  async #post(body: Uint8Array, attempt: number, isStopped: () => boolean): Promise<Answer> {
    const { receiver, clock, options } = this.#parts;
    let result = await this.#send(body, attempt, this.#version);
    if (this.#version === 2 && !isStopped()) {
      if (result.written !== undefined) receiver.knowsVersion2 = true;
      const why = whyVersion1(result);
      if (why !== undefined) {
        receiver.fallBack(why);
        return { result, verdict: { kind: 'retry', afterMs: 0 }, isOtherVersion: true };
      }
      if (result.status === 400 && !receiver.knowsVersion2) {
        result = await this.#trialOfVersion1(result, body, attempt);
      }
    }
    return { result, verdict: judge(result, options.retryOnHttp429, clock.nowMs()) };
  }

  /**
   * A receiver that never spoke as one of 2.0 says 400. It means that something is wrong in the request, or
   * that it is of 1.0 and could not decode it: then it takes the same as 1.0.
   */
  async #trialOfVersion1(
    refused: PostResult,
    body: Uint8Array,
    attempt: number,
  ): Promise<PostResult> {
    const as1 = toVersion1(body);
    const result = await this.#send(as1.body, attempt, 1);
    if (result.status < 200 || result.status >= 300) return refused;
    this.#parts.receiver.fallBack('HTTP 400');
    this.#leaveOut(as1.leftOut);
    return result;
  }

  #send(body: Uint8Array, attempt: number, version: WriteVersion): Promise<PostResult> {
    const { endpoint, stats, clock } = this.#parts;
    return stats.post(
      body.length,
      () => clock.monotonicMs(),
      () => endpoint.post(this.#lane, body, attempt, version),
    );
  }

  /** Some of the batch is sent, some dropped; what is left of it is to be tried again. */
  async #refused(result: PostResult, isStopped: () => boolean): Promise<Attempt> {
    const { stats } = this.#parts;
    const refused: Attempt = { verdict: { kind: 'rejected' }, status: result.status };
    if (!refusals.has(result.status)) {
      stats.rejected(this.#samples, result);
      return refused;
    }
    // A receiver of 2.0 writes what is good of a request and says how much that was.
    if (this.#version === 2 && result.written !== undefined) {
      const written = Math.min(result.written, this.#samples);
      if (written > 0) this.#delivered(written);
      stats.rejected(this.#samples - written, result);
      return refused;
    }
    this.#pieces = cut(this.#body, this.#version, result);
    return this.#goOn(this.#pieces, isStopped);
  }

  /** What of it the receiver has refused before does not stop the others once more. */
  #setApart(): Pieces | undefined {
    const { receiver, clock } = this.#parts;
    const isRefused = receiver.refused.lookIn(this.batch.lane, clock.monotonicMs());
    if (isRefused === undefined) return undefined;
    const body = this.#wholeBody();
    this.#pieces = cutApart(body, this.#version, isRefused, receiver.refused.answer);
    return this.#pieces;
  }

  #piecesLeft(): Pieces | undefined {
    // Those of 2.0 are nothing to a receiver of 1.0.
    if (this.#version === 2 && !this.#parts.receiver.takesVersion2) this.#pieces = undefined;
    return this.#pieces;
  }

  /** Sends the pieces that are left, and counts what became of them. */
  async #goOn(pieces: Pieces, isStopped: () => boolean): Promise<Attempt> {
    const { stats } = this.#parts;
    const failure = await this.#split(pieces, isStopped, (verdict) => verdict.kind === 'rejected');
    const rejected = Math.min(seriesIn(pieces.refused.splice(0)), this.#samples);
    const kind = rejected > 0 ? 'rejected' : 'delivered';
    const done: Attempt = { verdict: { kind }, status: pieces.answer.status };
    if (isStopped()) return done;
    const left = Math.min(seriesIn(pieces.pending), this.#samples - rejected);
    const sent = this.#samples - rejected - left;
    if (sent > 0) this.#delivered(sent);
    if (rejected > 0) stats.rejected(rejected, pieces.answer);
    if (failure === undefined) return done;
    this.#keep(pieces.parts.body(pieces.pending), left);
    stats.failed(left, failure.result);
    return { verdict: failure.verdict, status: failure.result.status };
  }

  /**
   * The receiver fails on the batch though it takes others: sends what it takes of it, and keeps the rest.
   */
  async isolate(isStopped: () => boolean): Promise<void> {
    // Its own connection: the lane goes on.
    this.#lane = this.#parts.options.maxShards;
    this.#pieces = undefined;
    const pieces = cut(this.#wholeBody(), this.#version, noAnswer);
    await this.#split(pieces, isStopped, () => true);
    const kept = [...pieces.refused, ...pieces.pending];
    const samples = Math.min(seriesIn(kept), this.#samples);
    const sent = this.#samples - samples;
    if (isStopped() || sent === 0) return;
    this.#delivered(sent);
    this.#keep(pieces.parts.body(kept), samples);
  }

  /** What is left of the batch. */
  #keep(body: Uint8Array, samples: number): void {
    this.#parts.settledPart(this.batch, this.#samples - samples);
    this.#body = body;
    this.#samples = samples;
  }

  /**
   * Sends ever smaller pieces until those are known that the receiver does not take. Ends before where it
   * cannot know: then that piece and the ones behind it are pending.
   */
  async #split(
    pieces: Pieces,
    isStopped: () => boolean,
    isToBlame: (verdict: Verdict) => boolean,
  ): Promise<Answer | undefined> {
    const { receiver } = this.#parts;
    const { parts, pending, refused } = pieces;
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      if (!this.#maySend(pieces)) {
        refused.push(next, ...pending.splice(0));
        break;
      }
      const one = await this.#post(parts.body([next]), 0, isStopped);
      if (isStopped()) break;
      const isUnknown = one.isOtherVersion || !isToBlame(one.verdict);
      if (one.verdict.kind !== 'delivered' && isUnknown) {
        if (!pieces.isFirstWhole) receiver.splitUnanswered();
        pending.unshift(next);
        return one;
      }
      this.#answered(pieces, next, one);
    }
    return undefined;
  }

  #maySend(pieces: Pieces): boolean {
    const { receiver, stats } = this.#parts;
    if (pieces.isFirstWhole) return true;
    if (pieces.sent >= mostSplits || !receiver.maySplit()) return false;
    stats.requestsSplit++;
    return true;
  }

  /** The piece was taken, or what is refused of it is to be found. */
  #answered(pieces: Pieces, piece: Range, { verdict, result }: Answer): void {
    const isExtra = !pieces.isFirstWhole;
    pieces.isFirstWhole = false;
    if (isExtra) pieces.sent++;
    if (verdict.kind === 'delivered' && isExtra) this.#learnTaken(pieces, piece);
    if (verdict.kind === 'rejected') this.#learnRefused(pieces, piece, result);
    if (verdict.kind === 'delivered') return;
    const smaller = halves(piece);
    if (smaller.length > 0) pieces.pending.unshift(...smaller);
    else pieces.refused.push(piece);
  }

  #learnRefused(pieces: Pieces, [from, to]: Range, result: PostResult): void {
    const { receiver, clock } = this.#parts;
    pieces.answer = result;
    if (to - from > 1 || !refusals.has(result.status)) return;
    const series = pieces.parts.series[from]!;
    receiver.refused.add(this.batch.lane, series, result, clock.monotonicMs());
  }

  #learnTaken({ parts }: Pieces, [from, to]: Range): void {
    const { refused } = this.#parts.receiver;
    for (const series of parts.series.slice(from, to)) refused.delete(this.batch.lane, series);
  }
}

const noAnswer: PostResult = { status: 0, retryAfter: undefined, words: '' };
