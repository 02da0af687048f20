import type { DropReason } from '../output.js';
import type { DeliveryLog } from './delivery-log.js';
import type { PostResult } from './exchange.js';
import type { WriteBatch } from './write-batch.js';

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
    nhcb_in_rw1_not_supported: 0,
  };
  requestsSent = 0;
  bytesSent = 0;
  highestSentTimestampMs = 0;
  lastError = '';

  constructor(log: DeliveryLog) {
    this.#log = log;
  }

  /** A request went out, whatever becomes of it. */
  posting(bytes: number): void {
    this.requestsSent++;
    this.bytesSent += bytes;
  }

  delivered(batch: WriteBatch): void {
    this.samplesSent += batch.samples;
    if (batch.highestTimestampMs > this.highestSentTimestampMs) {
      this.highestSentTimestampMs = batch.highestTimestampMs;
    }
    this.lastError = '';
    this.#log.delivered();
  }

  failed(batch: WriteBatch, result: PostResult): void {
    this.samplesRetried += batch.samples;
    this.lastError = wordsOf(result);
    this.#log.trouble('failing', batch.samples, { error: this.lastError });
  }

  rejected(batch: WriteBatch, result: PostResult): void {
    this.samplesDropped.rejected += batch.samples;
    this.lastError = wordsOf(result);
    this.#log.trouble('rejected', batch.samples, { error: this.lastError });
  }

  queueFull(samples: number, error?: string): void {
    this.samplesDropped.queue_full += samples;
    this.#log.trouble('queue_full', samples, error === undefined ? {} : { error });
  }

  /** Histograms that cannot be sent. */
  unsupported(histograms: number): void {
    this.samplesDropped.nhcb_in_rw1_not_supported += histograms;
    this.#log.trouble('unsupported', histograms, {});
  }

  closed(samples: number): void {
    this.samplesDropped.closed += samples;
  }
}

function wordsOf(result: PostResult): string {
  return result.status === 0 ? result.words : `HTTP ${result.status}: ${result.words}`;
}
