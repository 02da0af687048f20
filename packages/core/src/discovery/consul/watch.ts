import type { DiscoveryDeps } from '../discovery-deps.js';
import { sleep, Ticker } from '../ticker.js';
import type { ConsulAnswer } from './consul-client.js';
import type { QuerySlots } from './query-slots.js';

export interface Watch {
  readonly ask: (index: number) => Promise<ConsulAnswer>;
  /** Given the body of each answer that may be news. Throws when it makes no sense. */
  readonly take: (body: unknown) => void;
  readonly onFailure: (error: Error) => void;
  /** Called when an answer says that all is as before, or after `take`. */
  readonly onSuccess: () => void;
}

/** As Prometheus: after a failure Consul is left in peace for so long. */
export const retryMs = 15_000;

/**
 * Asks Consul again and again, each time waiting for news (developer.hashicorp.com/consul/api-docs/
 * features/blocking), at most once per refresh interval, until the signal aborts.
 */
export async function watchUntilAbort(
  { ask, take, onFailure, onSuccess }: Watch,
  refreshIntervalMs: number,
  slots: QuerySlots,
  { clock, attemptFailed }: DiscoveryDeps,
  signal: AbortSignal,
): Promise<void> {
  const ticker = new Ticker(clock, refreshIntervalMs);
  let index = 0;
  let hasTaken = false;
  while (!signal.aborted) {
    try {
      const answer = await slots.ask(index, signal, ask);
      if (signal.aborted || answer === undefined) return;
      // A server that has just started answers from an empty store until it finds the leader.
      if (hasTaken && !answer.knowsLeader) throw new Error('the Consul server knows no leader');
      const isNews = answer.index === 0 || answer.index !== index;
      if (isNews) take(answer.body);
      hasTaken = true;
      // An index that goes back is that of another, or of a restored, server: it counts anew.
      index = answer.index < index ? 0 : answer.index;
      onSuccess();
    } catch (error) {
      if (signal.aborted) return;
      attemptFailed();
      onFailure(error as Error);
      // What came back may count anew, and would let us wait for an index far ahead of it.
      index = 0;
      await sleep(clock, retryMs, signal);
    }
    await ticker.tick(signal);
  }
}
