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
}
