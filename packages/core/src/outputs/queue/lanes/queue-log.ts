import type { Logger } from '../../../logger.js';
import type { RecoveredQueue } from '../recovered-queue.js';

/** What a durable queue says of itself: changes of its state, and what it found. */
export class QueueLog {
  readonly #output: string;
  readonly #logger: Logger;

  constructor(output: string, logger: Logger) {
    this.#output = output;
    this.#logger = logger;
  }

  paused(error: string | undefined): void {
    const output = this.#output;
    if (error === undefined) {
      this.#logger.info({ output }, 'the disk takes the queue of the output again');
      return;
    }
    const words =
      'the disk does not take the queue of the output: samples wait in memory, and a crash would lose them';
    this.#logger.error({ output, error }, words);
  }

  recovered(found: RecoveredQueue): void {
    const output = this.#output;
    const { samples, bytes, damagedRecords, damagedSamples, unreadable, missing } = found;
    if (samples > 0) {
      const words = 'an earlier process left samples in the queue: they are sent now';
      this.#logger.info({ output, samples, bytes, segments: found.segments.length }, words);
    }
    if (damagedRecords > 0) {
      const words = 'records of the queue were damaged: cut off by a crash, or changed on the disk';
      this.#logger.warn({ output, records: damagedRecords, samples: damagedSamples }, words);
    }
    if (missing.length > 0) {
      const words =
        'files of the queue were removed while no process had it open: what of them was not sent is lost';
      this.#logger.warn({ output, files: missing }, words);
    }
    if (unreadable.length > 0) {
      const words =
        'files of the queue cannot be read and are left alone: of a newer version, or damaged';
      this.#logger.warn({ output, files: unreadable }, words);
    }
  }

  left(samples: number): void {
    if (samples === 0) return;
    const words = 'what could not be sent waits on the disk for the next start';
    this.#logger.info({ output: this.#output, samples }, words);
  }

  damaged(file: string, records: number, error: string | undefined): void {
    const output = this.#output;
    const words = 'records of the queue can no longer be read from the disk: they are lost';
    this.#logger.warn({ output, file, records, ...(error !== undefined && { error }) }, words);
  }
}
