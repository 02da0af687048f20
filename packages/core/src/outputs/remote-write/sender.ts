import type { Clock, ClockTimer } from '../../clock.js';
import type { DeliveryStats } from './delivery-stats.js';
import type { Endpoint } from './endpoint.js';
import type { FragmentQueue } from './fragment-queue.js';
import type { RemoteWriteQueueOptions } from './remote-write-options.js';
import { Backoff, judge } from './retry.js';
import type { WriteBatch } from './write-batch.js';

export interface SenderParts {
  readonly clock: Clock;
  readonly queue: FragmentQueue;
  readonly endpoint: Endpoint;
  readonly stats: DeliveryStats;
  readonly options: RemoteWriteQueueOptions;
  /** A batch left the queue; `sendMs` is how long its last request took, undefined if it was refused. */
  readonly settled: (sendMs: number | undefined) => void;
}

/**
 * Sends one lane of the queue, one request at a time, so that the samples of a series arrive in
 * order: a batch that fails is tried again for ever, and the lane waits behind it.
 */
export class Sender {
  readonly #lane: number;
  readonly #parts: SenderParts;
  readonly #backoff: Backoff;
  #running = false;
  #flushing = false;
  /** Unfinished batches up to this sequence do not wait for company. */
  #hurryTo = -1;
  #stopped = false;
  #deadline: ClockTimer | undefined;
  #pause: ClockTimer | undefined;

  constructor(lane: number, parts: SenderParts) {
    this.#lane = lane;
    this.#parts = parts;
    this.#backoff = new Backoff(parts.options);
  }

  /** Something was appended to the lane, or the queue lets it go on. Cheap: called per scrape. */
  wake(): void {
    if (this.#running || this.#stopped) return;
    const batch = this.#next();
    if (batch === undefined) this.#watchDeadline();
    else void this.#run(batch);
  }

  /** From now on nothing waits for company. */
  flush(): void {
    this.#flushing = true;
    this.wake();
  }

  /** What was queued up to this sequence does not wait for company. */
  hurry(sequence: number): void {
    this.#hurryTo = sequence;
    this.wake();
  }

  /** Ends at once; what the lane holds stays in the queue. */
  stop(): void {
    this.#stopped = true;
    this.#deadline?.cancel();
    this.#pause?.cancel();
  }

  async #run(first: WriteBatch): Promise<void> {
    this.#running = true;
    for (let batch: WriteBatch | undefined = first; batch !== undefined; batch = this.#next()) {
      await this.#deliver(batch);
      if (this.#stopped) return;
    }
    this.#running = false;
    this.#watchDeadline();
  }

  #next(): WriteBatch | undefined {
    const { queue, options, clock } = this.#parts;
    const sinceMs = queue.openSinceMs(this.#lane);
    const isDue =
      sinceMs !== undefined && clock.monotonicMs() - sinceMs >= options.batchSendDeadlineMs;
    const isHurried = (queue.openSequence(this.#lane) ?? Infinity) <= this.#hurryTo;
    return queue.take(this.#lane, this.#flushing || isDue || isHurried);
  }

  #watchDeadline(): void {
    const { queue, options, clock } = this.#parts;
    const sinceMs = queue.openSinceMs(this.#lane);
    if (sinceMs === undefined || this.#deadline !== undefined) return;
    const leftMs = sinceMs + options.batchSendDeadlineMs - clock.monotonicMs();
    this.#deadline = clock.setTimer(leftMs, () => {
      this.#deadline = undefined;
      this.wake();
    });
  }

  async #deliver(batch: WriteBatch): Promise<void> {
    const { clock, endpoint, stats, options } = this.#parts;
    const body = batch.body();
    for (let attempt = 0; ; attempt++) {
      const startMs = clock.monotonicMs();
      stats.posting(body.length);
      const result = await endpoint.post(this.#lane, body, attempt);
      if (this.#stopped) return;
      const verdict = judge(result, options.retryOnHttp429, clock.nowMs());
      if (verdict.kind === 'delivered') {
        this.#backoff.reset();
        stats.delivered(batch);
        this.#settle(batch, clock.monotonicMs() - startMs);
        return;
      }
      if (verdict.kind === 'rejected') {
        stats.rejected(batch, result);
        this.#settle(batch, undefined);
        return;
      }
      stats.failed(batch, result);
      await this.#wait(this.#backoff.nextMs(verdict.afterMs));
      if (this.#stopped) return;
    }
  }

  #settle(batch: WriteBatch, sendMs: number | undefined): void {
    this.#parts.queue.settle(batch);
    this.#parts.settled(sendMs);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#pause = this.#parts.clock.setTimer(ms, resolve);
    });
  }
}
