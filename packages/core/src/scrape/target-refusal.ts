import type { ScrapeFailureReason } from '../targets/target-status.js';

/** Why the main thread wants a target not to be fetched: its ticks give `up 0`. */
export interface TargetRefusal {
  readonly reason: Extract<ScrapeFailureReason, 'quarantined' | 'target_limit'>;
  /** What the status says: words for an operator. */
  readonly message: string;
}
