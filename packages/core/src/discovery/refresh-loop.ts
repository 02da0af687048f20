import { messageOf } from '../errors.js';
import type { DiscoveryUpdate, TargetGroup } from './discovery.js';
import type { DiscoveryDeps } from './discovery-deps.js';
import { sameUpdate } from './same-groups.js';
import { Ticker } from './ticker.js';

export interface Refresh {
  readonly intervalMs: number;
  /** Finds all groups anew, those that did not change as they were. Rejects when it cannot. */
  readonly find: (signal: AbortSignal) => Promise<readonly TargetGroup[]>;
}

/**
 * A discovery that asks anew at each interval, as Prometheus' discovery/refresh: at once, then on a
 * grid from the end of the first attempt. An attempt that fails keeps the last good groups.
 */
export async function refreshUntilAbort(
  { intervalMs, find }: Refresh,
  { clock, attemptFailed }: DiscoveryDeps,
  onUpdate: (update: DiscoveryUpdate) => void,
  signal: AbortSignal,
): Promise<void> {
  let last: DiscoveryUpdate | undefined;
  let ticker: Ticker | undefined;
  while (!signal.aborted) {
    let update: DiscoveryUpdate;
    try {
      update = { groups: await find(signal), error: undefined };
    } catch (error) {
      if (signal.aborted) break;
      attemptFailed();
      const cause = error instanceof Error ? error : new Error(messageOf(error));
      update = { groups: last?.groups ?? [], error: cause };
    }
    if (signal.aborted) break;
    if (last === undefined || !sameUpdate(last, update)) onUpdate(update);
    last = update;
    ticker ??= new Ticker(clock, intervalMs);
    await ticker.tick(signal);
  }
}
