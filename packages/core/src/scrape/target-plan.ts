import type { ScrapeFailureReason } from '../targets/target-status.js';

import type { HistogramSettings } from '../targets/histogram-settings.js';

/**
 * What a scrape thread is told of one target. Plain data, immutable; running state is elsewhere
 * (target-series.ts, scrape-loop.ts).
 */
export interface TargetPlan {
  readonly id: string;
  /** Key into the jobs the thread was sent. */
  readonly job: string;
  readonly url: string;
  /** Target labels as pairs: a Map would be cloned entry by entry all the same. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Offset of the target's ticks on the epoch grid: targets/target-phase.ts. */
  readonly phaseMs: number;
  /** `pushed`: its bodies come from the main thread (the service's own registry), not by HTTP. */
  readonly source: 'http' | 'pushed';
  /** In place of the job's, where relabelling set others for this target. */
  readonly histograms?: HistogramSettings | undefined;
  /** The target is not fetched: each of its ticks gives `up 0` for this reason. */
  readonly refusal?: TargetRefusal | undefined;
}

/** Why the main thread wants a target not to be scraped. */
export interface TargetRefusal {
  readonly reason: Extract<ScrapeFailureReason, 'quarantined' | 'target_limit'>;
  /** What the status says: words for an operator. */
  readonly message: string;
}
