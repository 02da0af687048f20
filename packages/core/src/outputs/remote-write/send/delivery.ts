import type { Clock } from '../../../clock.js';
import type { WriteBatch } from '../lanes/write-batch.js';
import type { RemoteWriteQueueOptions } from '../remote-write-options.js';
import { toVersion1 } from '../v2/to-version-1.js';
import { type Range, RequestParts, type WriteVersion } from '../wire/request-parts.js';
import type { DeliveryStats } from './delivery-stats.js';
import type { Endpoint } from './endpoint.js';
import type { PostResult } from './exchange.js';
import type { ReceiverState } from './receiver-state.js';
import { judge, type Verdict } from './retry.js';

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

/** What came of a post; `isOtherVersion`: that the same must be posted at once, as 1.0. */
interface Answer {
  readonly result: PostResult;
  readonly verdict: Verdict;
  readonly isOtherVersion?: true;
}

/** What came of a request that was sent in pieces. */
interface Pieces {
  /** What the receiver does not take. */
  readonly refused: readonly Range[];
  /** What nobody knows of, for it was not sent or not answered. */
  readonly left: readonly Range[];
  /** The last that was refused. */
  readonly answer: PostResult;
  /** Why the rest is left. */
  readonly failure: Answer | undefined;
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
  async attempt(
    isStopped: () => boolean,
  ): Promise<{ verdict: Verdict; status: number } | undefined> {
    const { stats } = this.#parts;
    const attempt = this.#attempts++;
    let answer = await this.#post(this.#wholeBody(), attempt, isStopped);
    if (answer.isOtherVersion) answer = await this.#post(this.#wholeBody(), attempt, isStopped);
    if (isStopped()) return undefined;
    const { result } = answer;
    let { verdict } = answer;
    if (verdict.kind === 'delivered') this.#delivered(this.#samples);
    else if (verdict.kind === 'retry') stats.failed(this.#samples, result);
    else verdict = await this.#refused(result, isStopped);
    return isStopped() ? undefined : { verdict, status: result.status };
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
      this.#samples -= leftOut;
      if (leftOut > 0) {
        this.#parts.stats.unsupported(leftOut);
        this.#parts.settledPart(this.batch, leftOut);
      }
    }
    return this.#body;
  }

  async #post(body: Uint8Array, attempt: number, isStopped: () => boolean): Promise<Answer> {
    const { receiver, clock, options } = this.#parts;
    const result = await this.#send(body, attempt, this.#version);
    if (this.#version === 2 && !isStopped()) {
      const why = await this.#whyVersion1(result, body, attempt);
      if (why !== undefined && !isStopped()) {
        receiver.fallBack(why);
        return { result, verdict: { kind: 'retry', afterMs: 0 }, isOtherVersion: true };
      }
    }
    return { result, verdict: judge(result, options.retryOnHttp429, clock.nowMs()) };
  }

  #send(body: Uint8Array, attempt: number, version: WriteVersion): Promise<PostResult> {
    const { endpoint, stats, clock } = this.#parts;
    return stats.post(
      body.length,
      () => clock.monotonicMs(),
      () => endpoint.post(this.#lane, body, attempt, version),
    );
  }

  /**
   * Why the receiver must be one of 1.0: it refuses the media type, or it "takes" the request without a
   * word of what it has written, which it decoded as an empty message (remote write 2.0, "Required
   * Written Response Headers"). One that cannot decode it may say 400, as to what is wrong in a
   * request of 2.0: if it never spoke as one of 2.0 and takes the same as 1.0, it is of 1.0.
   */
  async #whyVersion1(
    { status, written }: PostResult,
    body: Uint8Array,
    attempt: number,
  ): Promise<string | undefined> {
    const { receiver } = this.#parts;
    if (written !== undefined) receiver.knowsVersion2 = true;
    if (status === 415) return 'HTTP 415';
    if (written !== undefined) return undefined;
    if (status >= 200 && status < 300) return `HTTP ${status} without Written headers`;
    if (status !== 400 || receiver.knowsVersion2) return undefined;
    const asVersion1 = await this.#send(toVersion1(body).body, attempt, 1);
    return asVersion1.status >= 200 && asVersion1.status < 300 ? 'HTTP 400' : undefined;
  }

  /** Some of the batch is sent, some dropped; what is left of it is to be tried again. */
  async #refused(result: PostResult, isStopped: () => boolean): Promise<Verdict> {
    const { stats } = this.#parts;
    if (!refusals.has(result.status)) {
      stats.rejected(this.#samples, result);
      return { kind: 'rejected' };
    }
    // A receiver of 2.0 writes what is good of a request and says how much that was.
    if (this.#version === 2 && result.written !== undefined) {
      const written = Math.min(result.written, this.#samples);
      if (written > 0) this.#delivered(written);
      stats.rejected(this.#samples - written, result);
      return { kind: 'rejected' };
    }
    const parts = new RequestParts(this.#body, this.#version);
    const pieces = await this.#split(parts, result, isStopped, (one) => one.kind === 'rejected');
    if (isStopped()) return { kind: 'rejected' };
    const rejected = Math.min(seriesIn(pieces.refused), this.#samples);
    const left = Math.min(seriesIn(pieces.left), this.#samples - rejected);
    const sent = this.#samples - rejected - left;
    if (sent > 0) this.#delivered(sent);
    if (rejected > 0) stats.rejected(rejected, pieces.answer);
    if (pieces.failure === undefined) return { kind: 'rejected' };
    this.#keep(parts, pieces.left, left);
    stats.failed(left, pieces.failure.result);
    return pieces.failure.verdict;
  }

  /**
   * The receiver fails on the batch though it takes others: sends what it takes of it, and keeps the rest.
   */
  async isolate(isStopped: () => boolean): Promise<void> {
    // Its own connection: the lane goes on.
    this.#lane = this.#parts.options.maxShards;
    const parts = new RequestParts(this.#wholeBody(), this.#version);
    const { refused, left } = await this.#split(parts, noAnswer, isStopped, () => true);
    const kept = [...refused, ...left];
    const samples = Math.min(seriesIn(kept), this.#samples);
    const sent = this.#samples - samples;
    if (isStopped() || sent === 0) return;
    this.#delivered(sent);
    this.#keep(parts, kept, samples);
  }

  /** What is left of the batch. */
  #keep(parts: RequestParts, left: readonly Range[], samples: number): void {
    this.#parts.settledPart(this.batch, this.#samples - samples);
    this.#body = parts.body(left);
    this.#samples = samples;
  }

  /** Sends ever smaller pieces until those are known that the receiver does not take. */
  async #split(
    parts: RequestParts,
    first: PostResult,
    isStopped: () => boolean,
    isToBlame: (verdict: Verdict) => boolean,
  ): Promise<Pieces> {
    const { receiver, stats } = this.#parts;
    const { length } = parts.series;
    const pending = halves([0, length]);
    const refused: Range[] = length > 1 ? [] : [[0, length]];
    let answer = first;
    let splits = 0;
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      if (splits++ >= mostSplits || !receiver.maySplit()) {
        refused.push(next, ...pending);
        break;
      }
      stats.requestsSplit++;
      const one = await this.#post(parts.body([next]), 0, isStopped);
      if (isStopped()) break;
      if (one.verdict.kind === 'delivered') continue;
      if (one.isOtherVersion || !isToBlame(one.verdict)) {
        return { refused, left: [next, ...pending], answer, failure: one };
      }
      if (one.verdict.kind === 'rejected') answer = one.result;
      const smaller = halves(next);
      if (smaller.length > 0) pending.unshift(...smaller);
      else refused.push(next);
    }
    return { refused, left: [], answer, failure: undefined };
  }
}

const noAnswer: PostResult = { status: 0, retryAfter: undefined, words: '' };

function seriesIn(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}

function halves([from, to]: Range): Range[] {
  if (to - from < 2) return [];
  const middle = (from + to) >>> 1;
  return [
    [from, middle],
    [middle, to],
  ];
}
