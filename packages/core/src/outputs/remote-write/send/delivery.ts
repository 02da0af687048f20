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
    const { result, verdict } = await this.#post(() => this.#body, this.#attempts++, isStopped);
    if (isStopped()) return undefined;
    if (verdict.kind === 'delivered') this.#delivered(this.#samples);
    else if (verdict.kind === 'retry') stats.failed(this.#samples, result);
    else await this.#refused(result, isStopped);
    return isStopped() ? undefined : { verdict, status: result.status };
  }

  #delivered(samples: number): void {
    const { stats, receiver, clock } = this.#parts;
    receiver.delivered(clock.monotonicMs());
    stats.delivered(samples, this.batch.highestTimestampMs);
  }

  async #post(
    body: () => Uint8Array,
    attempt: number,
    isStopped: () => boolean,
  ): Promise<{ result: PostResult; verdict: Verdict }> {
    const { endpoint, receiver, stats, clock, options } = this.#parts;
    if (this.#version === 2 && !receiver.takesVersion2) this.#toVersion1();
    const bytes = body();
    const result = await stats.post(
      bytes.length,
      () => clock.monotonicMs(),
      () => endpoint.post(this.#lane, bytes, attempt, this.#version),
    );
    const why = this.#version === 2 && !isStopped() ? whyVersion1(result) : undefined;
    if (why !== undefined) {
      receiver.fallBack(why);
      return this.#post(body, attempt, isStopped);
    }
    return { result, verdict: judge(result, options.retryOnHttp429, clock.nowMs()) };
  }

  #toVersion1(): void {
    const { body, leftOut } = toVersion1(this.#body);
    this.#body = body;
    this.#version = 1;
    this.#samples -= leftOut;
    if (leftOut > 0) this.#parts.stats.unsupported(leftOut);
  }

  async #refused(result: PostResult, isStopped: () => boolean): Promise<void> {
    const { stats } = this.#parts;
    if (!refusals.has(result.status)) {
      stats.rejected(this.#samples, result);
      return;
    }
    // A receiver of 2.0 writes what is good of a request and says how much that was.
    if (this.#version === 2 && result.written !== undefined) {
      const written = Math.min(result.written, this.#samples);
      if (written > 0) this.#delivered(written);
      stats.rejected(this.#samples - written, result);
      return;
    }
    const parts = new RequestParts(this.#body, this.#version);
    const { refused, answer } = await this.#split(parts, result, isStopped);
    if (isStopped()) return;
    const rejected = Math.min(seriesIn(refused), this.#samples);
    if (rejected < this.#samples) this.#delivered(this.#samples - rejected);
    stats.rejected(rejected, answer);
  }

  /**
   * The receiver fails on the batch though it takes others: sends what it takes of it, and keeps the rest.
   * Returns how many samples were sent.
   */
  async isolate(isStopped: () => boolean): Promise<number> {
    // Its own connection: the lane goes on.
    this.#lane = this.#parts.options.maxShards;
    const parts = new RequestParts(this.#body, this.#version);
    const { refused } = await this.#split(parts, noAnswer, isStopped);
    const left = Math.min(seriesIn(refused), this.#samples);
    const sent = this.#samples - left;
    if (isStopped() || sent === 0) return 0;
    this.#delivered(sent);
    this.#body = parts.body(refused);
    this.#samples = left;
    return sent;
  }

  /** Sends ever smaller pieces until those are known that the receiver does not take. */
  async #split(
    parts: RequestParts,
    first: PostResult,
    isStopped: () => boolean,
  ): Promise<{ refused: Range[]; answer: PostResult }> {
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
      const range = next;
      stats.requestsSplit++;
      const { verdict, result } = await this.#post(() => parts.body([range]), 0, isStopped);
      if (isStopped()) break;
      if (verdict.kind === 'delivered') continue;
      if (verdict.kind === 'rejected') answer = result;
      const smaller = halves(range);
      if (smaller.length > 0) pending.unshift(...smaller);
      else refused.push(range);
    }
    return { refused, answer };
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

/**
 * Why the receiver must be one of 1.0: it refuses the media type, or it "takes" the request without a
 * word of what it has written, which it decoded as an empty message (remote write 2.0, "Required Written
 * Response Headers").
 */
function whyVersion1({ status, written }: PostResult): string | undefined {
  if (status === 415) return 'HTTP 415';
  const isSuccess = status >= 200 && status < 300;
  return isSuccess && written === undefined ? `HTTP ${status} without Written headers` : undefined;
}
