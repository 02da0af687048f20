import type { Labels } from '../model/labels.js';

/** Targets that share labels, as a discovery found them; `targets` hold at least `__address__`. */
export interface TargetGroup {
  /** Unique within its discovery and stable, so that a later group replaces it (`file:path:0`). */
  readonly source: string;
  readonly targets: readonly Labels[];
  /** How many there are, where that is told in less time than the list is made. */
  readonly targetCount?: number;
  readonly labels: Labels;
}

/** What a discovery knows at a moment. */
export interface DiscoveryUpdate {
  /** Everything the discovery knows, not a difference. */
  readonly groups: readonly TargetGroup[];
  /** Set when the last attempt failed in part or in whole: `groups` then are the last good ones. */
  readonly error: Error | undefined;
}

/**
 * PORT. Finds targets of one job.
 *
 * - `run` calls `onUpdate` once its first attempt has ended, however it ended, and then at each
 *   change; it resolves when `signal` aborts and calls nothing afterwards. It never rejects: an error
 *   is an update that keeps the last good groups.
 * - It owns its timers, watchers and sockets and releases them before it resolves.
 */
export interface Discovery {
  readonly kind: string;
  run(onUpdate: (update: DiscoveryUpdate) => void, signal: AbortSignal): Promise<void>;
}
