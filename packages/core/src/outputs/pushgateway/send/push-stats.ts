import type { Clock } from '../../../clock.js';
import type { DropReason, OutputStatus, PushStatus } from '../../output.js';
import { SendLatency } from '../../send-latency.js';
import type { PushResult } from '../client/push-request.js';

/** What became of an output's pushes and of the samples in them. */
export class PushStats {
  readonly #clock: Clock;
  readonly #latency = new SendLatency();
  readonly #dropped: Record<DropReason, number> = {
    queue_full: 0,
    rejected: 0,
    too_old: 0,
    closed: 0,
    damaged: 0,
    superseded: 0,
    nhcb_in_rw1_not_supported: 0,
  };
  readonly #pushes: Record<PushResult['outcome'], number> = {
    pushed: 0,
    refused: 0,
    unreachable: 0,
  };
  #appended = 0;
  #sent = 0;
  #retried = 0;
  #inFlight = 0;
  #highestMs = 0;
  #highestSentMs = 0;
  #lastPushMs = 0;
  #deleted = 0;
  #lastError = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Samples that are to be pushed. */
  appended(samples: number, timestampMs: number): void {
    this.#appended += samples;
    this.#highestMs = Math.max(this.#highestMs, timestampMs);
  }

  dropped(reason: DropReason, samples: number): void {
    this.#dropped[reason] += samples;
  }

  /** Samples that have to be sent once more. */
  retried(samples: number): void {
    this.#retried += samples;
  }

  sent(samples: number, timestampMs: number): void {
    this.#sent += samples;
    this.#highestSentMs = Math.max(this.#highestSentMs, timestampMs);
  }

  groupDeleted(): void {
    this.#deleted++;
  }

  /** Sees a push through, whatever becomes of it. */
  async push(send: () => Promise<PushResult>): Promise<PushResult> {
    const startMs = this.#clock.monotonicMs();
    this.#inFlight++;
    const result = await send();
    this.#inFlight--;
    this.#pushes[result.outcome]++;
    this.#latency.observe(this.#clock.monotonicMs() - startMs);
    this.#lastError = result.words;
    if (result.outcome === 'pushed') this.#lastPushMs = this.#clock.nowMs();
    return result;
  }

  status(
    groups: { readonly alive: number; readonly refused: number; readonly left: number },
    takesUtf8Names: boolean,
  ) {
    const pushes: PushStatus = {
      outcomes: { ...this.#pushes },
      lastPushMs: this.#lastPushMs,
      groups: groups.alive,
      groupsRefused: groups.refused,
      groupsLeft: groups.left,
      groupsDeleted: this.#deleted,
      takesUtf8Names,
    };
    const { pushed, refused, unreachable } = this.#pushes;
    return {
      samplesAppended: this.#appended,
      samplesSent: this.#sent,
      samplesRetried: this.#retried,
      samplesDropped: { ...this.#dropped },
      requestsSent: pushed + refused + unreachable + this.#inFlight,
      requestsSplit: 0,
      requestsInFlight: this.#inFlight,
      sendLatency: this.#latency.status(),
      clockSkewRefusals: 0,
      batchesAside: 0,
      samplesAside: 0,
      highestTimestampMs: this.#highestMs,
      highestSentTimestampMs: this.#highestSentMs,
      lastError: this.#lastError,
      pushes,
    } satisfies Partial<OutputStatus>;
  }
}
