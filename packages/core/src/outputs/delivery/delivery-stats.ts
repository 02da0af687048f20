import type { DropReason, OutputStatus } from '../output.js';
import { SendLatency } from '../send-latency.js';
import type { DeliveryLog } from './delivery-log.js';

/** How receivers say that a sample's time is not theirs (Prometheus, Mimir, Thanos, VictoriaMetrics). */
const clockSkew = /too (?:far in the )?(?:future|old)|out of bounds|in the future/i;

/** Why something was not delivered. */
export interface SendFailure {
  /** Of HTTP; 0: there was no answer, or the output speaks something else. */
  readonly status: number;
  readonly words: string;
}

/** What became of an output's samples: `appended` is always sent + dropped + queued. */
export class DeliveryStats {
  readonly #log: DeliveryLog;
  samplesAppended = 0;
  samplesSent = 0;
  samplesRetried = 0;
  readonly samplesDropped: Record<DropReason, number> = {
    queue_full: 0,
    rejected: 0,
    too_old: 0,
    closed: 0,
    damaged: 0,
    superseded: 0,
    nhcb_in_rw1_not_supported: 0,
  };
  requestsSent = 0;
  requestsInFlight = 0;
  requestsSplit = 0;
  bytesSent = 0;
  clockSkewRefusals = 0;
  readonly sendLatency = new SendLatency();
  highestTimestampMs = 0;
  highestSentTimestampMs = 0;
  lastError = '';

  constructor(log: DeliveryLog) {
    this.#log = log;
  }

  status() {
    return {
      samplesAppended: this.samplesAppended,
      samplesSent: this.samplesSent,
      samplesRetried: this.samplesRetried,
      samplesDropped: { ...this.samplesDropped },
      requestsSent: this.requestsSent,
      requestsSplit: this.requestsSplit,
      requestsInFlight: this.requestsInFlight,
      bytesSent: this.bytesSent,
      sendLatency: this.sendLatency.status(),
      clockSkewRefusals: this.clockSkewRefusals,
      highestTimestampMs: this.highestTimestampMs,
      highestSentTimestampMs: this.highestSentTimestampMs,
      lastError: this.lastError,
    } satisfies Partial<OutputStatus>;
  }

  /** A sample was queued. */
  queued(timestampMs: number): void {
    if (timestampMs > this.highestTimestampMs) this.highestTimestampMs = timestampMs;
  }

  /** Sees a request through, whatever becomes of it. */
  async post<Result>(bytes: number, nowMs: () => number, send: () => Promise<Result>) {
    const startMs = nowMs();
    this.requestsSent++;
    this.requestsInFlight++;
    this.bytesSent += bytes;
    const result = await send();
    this.requestsInFlight--;
    this.sendLatency.observe(nowMs() - startMs);
    return result;
  }

  delivered(samples: number, highestTimestampMs: number): void {
    this.samplesSent += samples;
    if (highestTimestampMs > this.highestSentTimestampMs) {
      this.highestSentTimestampMs = highestTimestampMs;
    }
    this.lastError = '';
    this.#log.delivered();
  }

  failed(samples: number, result: SendFailure): void {
    this.samplesRetried += samples;
    this.lastError = wordsOf(result);
    this.#log.trouble('failing', samples, { error: this.lastError });
  }

  rejected(samples: number, result: SendFailure): void {
    this.samplesDropped.rejected += samples;
    this.lastError = wordsOf(result);
    this.#log.trouble('rejected', samples, { error: this.lastError });
    if (!clockSkew.test(result.words)) return;
    this.clockSkewRefusals++;
    this.#log.clockSkew(this.lastError);
  }

  /** Given up: the receiver fails on it for longer than a sample may wait. */
  givenUp(samples: number): void {
    this.samplesDropped.too_old += samples;
    this.#log.trouble('given_up', samples, {});
  }

  /** Older than sample_age_limit at a retry. */
  tooOld(samples: number): void {
    this.samplesDropped.too_old += samples;
    this.#log.trouble('too_old', samples, {});
  }

  /** By the durable queue, by its limits or for what it could not read back. */
  queueDropped(reason: 'queue_full' | 'too_old' | 'damaged', samples: number): void {
    this.samplesDropped[reason] += samples;
    if (reason === 'queue_full') this.#log.trouble('queue_full', samples, {});
    else if (reason === 'too_old') this.#log.trouble('expired', samples, {});
  }

  queueFull(samples: number, error?: string): void {
    this.samplesDropped.queue_full += samples;
    this.#log.trouble('queue_full', samples, error === undefined ? {} : { error });
  }

  /** Histograms that cannot be sent. */
  unsupported(histograms: number): void {
    if (histograms === 0) return;
    this.samplesDropped.nhcb_in_rw1_not_supported += histograms;
    this.#log.trouble('unsupported', histograms, {});
  }

  /** Came when the output was closed already. */
  closed(samples: number): void {
    this.samplesDropped.closed += samples;
  }

  /** Still waited when the time to close was over. */
  leftBehind(samples: number): void {
    if (samples === 0) return;
    this.closed(samples);
    this.#log.lost(samples);
  }
}

function wordsOf(result: SendFailure): string {
  return result.status === 0 ? result.words : `HTTP ${result.status}: ${result.words}`;
}
