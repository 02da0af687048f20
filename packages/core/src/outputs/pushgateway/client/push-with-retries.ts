import type { Clock } from '../../../clock.js';
import { Backoff } from '../../delivery/backoff.js';
import type { PushClient } from './push-client.js';
import type { PushRequest, PushResult } from './push-request.js';

const backoff = { minBackoffMs: 100, maxBackoffMs: 5_000 };

export interface RetryOptions {
  /** How often a push is sent again that found the gateway unreachable. */
  readonly retries: number;
  /** For all attempts and the waits between them; an attempt gets what is left of it at most. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  /** Told before each wait. */
  readonly onRetry?: (result: PushResult, waitMs: number) => void;
}

/**
 * Pushes until the gateway takes or refuses it, retries run out or the deadline would be missed by the
 * next wait. Resolves with what came of the last attempt.
 * @throws PromAgentError PUSH_INVALID
 */
export async function pushWithRetries(
  client: PushClient,
  request: PushRequest,
  { retries, deadlineMs, clock, onRetry }: RetryOptions,
): Promise<PushResult> {
  const waits = new Backoff(backoff);
  const endMs = clock.monotonicMs() + deadlineMs;
  for (let retriesLeft = retries; ; retriesLeft--) {
    const leftMs = Math.max(1, Math.ceil(endMs - clock.monotonicMs()));
    const timeoutMs = Math.min(request.timeoutMs, leftMs);
    const result = await client.push({ ...request, timeoutMs });
    if (result.outcome !== 'unreachable' || retriesLeft <= 0) return result;
    const waitMs = waits.nextMs(result.retryAfterMs);
    if (clock.monotonicMs() + waitMs >= endMs) return result;
    onRetry?.(result, waitMs);
    await new Promise<void>((resolve) => {
      clock.setTimer(waitMs, resolve);
    });
  }
}
