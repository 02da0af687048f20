import { messageOf, PromAgentError } from '../errors.js';
import { HttpFailure } from '../http-client/http-failure.js';
import type { ScrapeFailureReason } from '../targets/target-status.js';

/** Why a scrape failed: thrown inside one scrape, and turned into `up 0` by its loop. */
export class ScrapeFailure extends Error {
  readonly reason: ScrapeFailureReason;

  constructor(reason: ScrapeFailureReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }

  static from(error: unknown): ScrapeFailure {
    if (error instanceof ScrapeFailure) return error;
    if (error instanceof HttpFailure) {
      const reason = error.reason === 'aborted' ? 'internal' : error.reason;
      return new ScrapeFailure(reason, error.message, error.cause ?? error);
    }
    const isSyntax = PromAgentError.is(error) && error.code === 'EXPOSITION_SYNTAX';
    return new ScrapeFailure(isSyntax ? 'syntax' : 'internal', messageOf(error), error);
  }
}
