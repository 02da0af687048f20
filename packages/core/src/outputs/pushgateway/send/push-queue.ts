import type { Clock, ClockTimer } from '../../../clock.js';
import { Backoff } from '../../delivery/backoff.js';
import type { PushResult } from '../client/push-request.js';

/**
 * How many pushes are under way at once. A gateway checks each against all its groups, so more would
 * only wait there.
 */
const mostInFlight = 4;
const backoff = { minBackoffMs: 500, maxBackoffMs: 15_000 };

/** A group with a state that the gateway does not have yet. */
export interface Pushable {
  /** When the state that waits came, monotonic ms. */
  sinceMs: number;
  /** Samples that the gateway does not have yet. */
  readonly pendingSamples: number;
  /** Sends what the group has now; never rejects. */
  push(): Promise<PushResult>;
  /** What waits will not be sent. */
  drop(): void;
}

/**
 * The groups that have to be pushed, oldest first. What is sent of one is its state at that moment, so
 * an outage leaves no backlog behind: when the gateway is back, each group is pushed once.
 */
export class PushQueue {
  readonly #clock: Clock;
  readonly #waiting = new Set<Pushable>();
  readonly #inFlight = new Set<Pushable>();
  readonly #backoff = new Backoff(backoff);
  #pause: ClockTimer | undefined;
  /** Not reached at the last try: one push at a time finds out whether it is back. */
  #isDown = false;
  #isClosed = false;
  readonly #settled: (() => void)[] = [];
  #drained: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isIdle(): boolean {
    return this.#waiting.size + this.#inFlight.size === 0;
  }

  get pendingSamples(): number {
    let samples = 0;
    for (const group of new Set([...this.#inFlight, ...this.#waiting])) {
      samples += group.pendingSamples;
    }
    return samples;
  }

  /** Monotonic ms; undefined: nothing waits. */
  get oldestMs(): number | undefined {
    for (const { sinceMs } of this.#inFlight) return sinceMs;
    for (const { sinceMs } of this.#waiting) return sinceMs;
    return undefined;
  }

  /** The group has a new state. */
  add(group: Pushable): void {
    if (this.#isClosed) return;
    if (!this.#waiting.has(group)) group.sinceMs = this.#clock.monotonicMs();
    this.#waiting.add(group);
    this.#pump();
  }

  /** Resolves when nothing waits, the gateway is found down or the queue is stopped. */
  settled(): Promise<void> {
    if (this.isIdle || this.#isDown || this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => this.#settled.push(resolve));
  }

  /** Resolves when nothing waits, or by the deadline; a gateway that is down is tried again until then. */
  async drain(deadlineMs: number): Promise<void> {
    this.#resume();
    if (this.isIdle) return;
    let timer: ClockTimer | undefined;
    await new Promise<void>((resolve) => {
      timer = this.#clock.setTimer(deadlineMs, resolve);
      this.#drained = resolve;
    });
    timer?.cancel();
  }

  /** Nothing is sent any more; returns what still waits. */
  stop(): Pushable[] {
    this.#isClosed = true;
    this.#pause?.cancel();
    const left = [...new Set([...this.#inFlight, ...this.#waiting])];
    this.#waiting.clear();
    this.#tell();
    return left;
  }

  #pump(): void {
    if (this.#isClosed || this.#pause !== undefined) return;
    const most = this.#isDown ? 1 : mostInFlight;
    for (const group of this.#waiting) {
      if (this.#inFlight.size >= most) return;
      // Two pushes of one group could overtake each other.
      if (this.#inFlight.has(group)) continue;
      this.#waiting.delete(group);
      this.#inFlight.add(group);
      void this.#send(group);
    }
  }

  async #send(group: Pushable): Promise<void> {
    const { outcome, retryAfterMs } = await group.push();
    this.#inFlight.delete(group);
    if (this.#isClosed) return;
    if (outcome === 'unreachable') {
      // Behind the others: the next to be tried is another group, should this one be to blame.
      if (!this.#waiting.has(group)) this.#waiting.add(group);
      this.#wait(retryAfterMs);
    } else {
      this.#isDown = false;
      this.#backoff.reset();
    }
    this.#pump();
    if (this.isIdle || this.#isDown) this.#tell();
  }

  #wait(askedMs: number): void {
    this.#isDown = true;
    if (this.#pause !== undefined) return;
    this.#pause = this.#clock.setTimer(this.#backoff.nextMs(askedMs), () => this.#resume());
  }

  #resume(): void {
    this.#pause?.cancel();
    this.#pause = undefined;
    this.#pump();
  }

  #tell(): void {
    for (const resolve of this.#settled.splice(0)) resolve();
    if (this.isIdle || this.#isClosed) this.#drained?.();
  }
}
