import type { Clock, ClockTimer } from '../../../clock.js';
import type { Delivery } from './delivery.js';

/** Between two rounds of attempts. */
const roundMs = 30_000;
/** Beyond, the oldest are given up. */
const mostBatches = 64;
const defaultMaxAgeMs = 24 * 60 * 60_000;

export interface SideLaneParts {
  readonly clock: Clock;
  /** How long a batch is tried for. Default 24 h. */
  readonly maxAgeMs: number | undefined;
  /** The receiver took the batch or refused it for good. */
  settled(delivery: Delivery): void;
  giveUp(delivery: Delivery): void;
}

/**
 * Batches on which the receiver fails (5xx) while it takes others: a defect of the receiver that one
 * series meets must not hold up the rest. What it takes of them is sent, the rest is tried now and then,
 * out of order, until it is too old to be sent.
 */
export class SideLane {
  readonly #parts: SideLaneParts;
  readonly #waiting: { delivery: Delivery; untilMs: number }[] = [];
  #timer: ClockTimer | undefined;
  #stopped = false;

  constructor(parts: SideLaneParts) {
    this.#parts = parts;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  get batches(): number {
    return this.#waiting.length;
  }

  get samples(): number {
    return this.#waiting.reduce((sum, { delivery }) => sum + delivery.samples, 0);
  }

  /** Sends at once what the receiver takes of the batch; resolves then. */
  async add(delivery: Delivery): Promise<void> {
    if (this.#stopped) return;
    const { clock, maxAgeMs = defaultMaxAgeMs } = this.#parts;
    await delivery.isolate(() => this.#stopped);
    if (this.#stopped) return;
    if (delivery.samples === 0) {
      this.#parts.settled(delivery);
      return;
    }
    this.#waiting.push({ delivery, untilMs: clock.monotonicMs() + maxAgeMs });
    if (this.#waiting.length > mostBatches) this.#parts.giveUp(this.#waiting.shift()!.delivery);
    this.#timer ??= clock.setTimer(roundMs, () => void this.#round());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #round(): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const one of [...this.#waiting]) {
      const answer = await one.delivery.attempt(() => this.#stopped);
      if (this.#stopped) return;
      const isDone = answer?.verdict.kind !== 'retry';
      if (!isDone && one.untilMs > nowMs) continue;
      const at = this.#waiting.indexOf(one);
      if (at < 0) continue;
      this.#waiting.splice(at, 1);
      if (isDone) this.#parts.settled(one.delivery);
      else this.#parts.giveUp(one.delivery);
    }
    this.#timer = this.isEmpty
      ? undefined
      : this.#parts.clock.setTimer(roundMs, () => void this.#round());
  }
}
