import type { PostResult } from '../../delivery/exchange.js';
import { RefusedSeries } from './refused-series.js';

/** Requests to find out which samples of a refused batch are to blame: at most this share of all. */
const splitShare = 0.01;
const mostSplitCredit = 32;

/** What the lanes of an output learn of the receiver. */
export class ReceiverState {
  /** Undefined: nothing delivered yet. Monotonic. */
  lastDeliveredMs: number | undefined;
  /** It has said what it wrote of a request of 2.0. */
  knowsVersion2 = false;
  #takesVersion2 = true;
  readonly refused = new RefusedSeries();
  readonly #fellBack: (why: string) => void;
  #splitCredit = mostSplitCredit;

  /** @param fellBack called once: from now on everything goes out as 1.0 */
  constructor(fellBack: (why: string) => void) {
    this.#fellBack = fellBack;
  }

  get takesVersion2(): boolean {
    return this.#takesVersion2;
  }

  delivered(nowMs: number): void {
    this.lastDeliveredMs = nowMs;
    this.#splitCredit = Math.min(mostSplitCredit, this.#splitCredit + splitShare);
  }

  /** The receiver knows 1.0 alone. */
  fallBack(why: string): void {
    if (!this.#takesVersion2) return;
    this.#takesVersion2 = false;
    this.#fellBack(why);
  }

  /** Whether one more request may be made to take a refused batch apart. */
  maySplit(): boolean {
    if (this.#splitCredit < 1) return false;
    this.#splitCredit--;
    return true;
  }

  /** That request told nothing: it will be made again. */
  splitUnanswered(): void {
    this.#splitCredit++;
  }
}

/**
 * Why the receiver must be one of 1.0: it refuses the media type, or it "takes" the request without a
 * word of what it has written, which it decoded as an empty message (remote write 2.0, "Required Written
 * Response Headers").
 */
export function whyVersion1({ status, written }: PostResult): string | undefined {
  if (status === 415) return 'HTTP 415';
  const isSuccess = status >= 200 && status < 300;
  return isSuccess && written === undefined ? `HTTP ${status} without Written headers` : undefined;
}
