import type { Clock, ClockTimer } from '../../../clock.js';
import { Backoff } from '../../delivery/backoff.js';
import type { FragmentQueue } from '../../queue/lanes/fragment-queue.js';
import type { WriteBatch } from '../../queue/lanes/write-batch.js';
import { Delivery, type DeliveryParts } from './delivery.js';
import type { SideLane } from './side-lane.js';

/** How long the receiver may fail on a batch before it is asked whether it takes another. */
const stuckMs = 5 * 60_000;
const stuckAgainMs = 5_000;
/** What was delivered within this time tells that the receiver works. */
const recentMs = 60_000;

export interface SenderParts extends DeliveryParts {
  readonly clock: Clock;
  readonly queue: FragmentQueue;
  readonly side: SideLane;
  /** A batch left the queue; `sendMs` is how long its last request took, undefined if it was refused. */
  readonly settled: (sendMs: number | undefined) => void;
}

/**
 * Sends one lane of the queue, one request at a time, so that the samples of a series arrive in
 * order: a batch that fails is tried again for ever, and the lane waits behind it; unless the receiver
 * takes all others.
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
      await this.#see(this.#begin(batch));
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

  /** Until the batch is settled or has left the lane. */
  async #see(delivery: Delivery): Promise<void> {
    if (this.#stopped || (await this.#deliver(delivery))) return;
    await this.#getPast(delivery);
  }

  #begin(batch: WriteBatch): Delivery {
    return new Delivery(batch, this.#lane, this.#parts);
  }

  /** True when the batch is settled; false when the receiver fails on it for {@link stuckMs}. */
  async #deliver(delivery: Delivery, tries = Infinity): Promise<boolean> {
    const { clock } = this.#parts;
    let failsSinceMs: number | undefined;
    for (let i = 1; ; i++) {
      const startMs = clock.monotonicMs();
      const answer = await delivery.attempt(() => this.#stopped);
      if (answer === undefined) return true;
      const { verdict, status } = answer;
      const nowMs = clock.monotonicMs();
      if (verdict.kind !== 'retry') {
        this.#finish(delivery.batch, verdict.kind === 'delivered' ? nowMs - startMs : undefined);
        return true;
      }
      if (this.#isTooOld(delivery.batch)) return true;
      // No answer is an outage whatever was sent.
      failsSinceMs = status >= 500 ? (failsSinceMs ?? nowMs) : undefined;
      if (i >= tries || this.#isStuck(failsSinceMs)) return false;
      await this.#wait(this.#backoff.nextMs(verdict.afterMs));
      if (this.#stopped) return true;
    }
  }

  /** `sendMs` is undefined when the batch was refused. */
  #finish(batch: WriteBatch, sendMs: number | undefined): void {
    if (sendMs !== undefined) this.#backoff.reset();
    this.#settle(batch, sendMs);
  }

  /** After one batch was found that the receiver fails on, the next such one holds up nobody for long. */
  #isStuck(failsSinceMs: number | undefined): boolean {
    if (failsSinceMs === undefined) return false;
    const { clock, side } = this.#parts;
    const isKnown = !side.isEmpty && this.#othersPass();
    return clock.monotonicMs() - failsSinceMs >= (isKnown ? stuckAgainMs : stuckMs);
  }

  #isTooOld(batch: WriteBatch): boolean {
    const { options, clock, stats } = this.#parts;
    const limitMs = options.sampleAgeLimitMs ?? 0;
    if (limitMs === 0 || clock.nowMs() - batch.highestTimestampMs <= limitMs) return false;
    stats.tooOld(batch.samples);
    this.#settle(batch, undefined);
    return true;
  }

  /**
   * The receiver fails on a batch for minutes. If it takes others, the batch leaves the lane; else it is
   * an outage, and order is kept.
   */
  async #getPast(stuck: Delivery): Promise<void> {
    const { queue } = this.#parts;
    queue.park(stuck.batch);
    let probe: Delivery | undefined;
    while (!this.#stopped) {
      if (this.#othersPass()) return this.#leave(stuck, probe);
      const next = probe === undefined ? queue.take(this.#lane, true) : undefined;
      if (next !== undefined) probe = this.#begin(next);
      if (probe !== undefined && (await this.#deliver(probe, 1)))
        return this.#leave(stuck, undefined);
      if (!(await this.#deliver(stuck))) continue;
      if (probe !== undefined) await this.#see(probe);
      return;
    }
  }

  /** The batch goes aside; the lane goes on, with what it has taken already. */
  async #leave(stuck: Delivery, taken: Delivery | undefined): Promise<void> {
    if (this.#stopped) return;
    await this.#parts.side.add(stuck);
    if (taken !== undefined) await this.#see(taken);
  }

  #othersPass(): boolean {
    const { receiver, clock } = this.#parts;
    const { lastDeliveredMs } = receiver;
    return lastDeliveredMs !== undefined && clock.monotonicMs() - lastDeliveredMs < recentMs;
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
