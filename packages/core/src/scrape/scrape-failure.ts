import { messageOf } from '../errors.js';
import type { ScrapeFailureReason } from '../targets/target-status.js';

/** Why a scrape failed: thrown inside one scrape, and turned into `up 0` by its loop. */
export class ScrapeFailure extends Error {
  readonly reason: ScrapeFailureReason;

  constructor(reason: ScrapeFailureReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }

  static from(error: unknown): ScrapeFailure {
    return error instanceof ScrapeFailure
      ? error
      : new ScrapeFailure('internal', messageOf(error), error);
  }
}
