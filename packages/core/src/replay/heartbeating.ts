import type { EachBatchPayload } from 'kafkajs';

/**
 * While a receiver fails for minutes, the group must not take this member for dead; and when the group
 * shares its partitions out anew, the work ends early.
 */
export async function heartbeating(
  payload: Pick<EachBatchPayload, 'heartbeat'>,
  everyMs: number,
  stop: AbortSignal,
  work: (until: AbortSignal) => Promise<void>,
): Promise<void> {
  const until = new AbortController();
  const leave = (): void => until.abort();
  const timer = setInterval(() => {
    payload.heartbeat().catch(leave);
  }, everyMs);
  stop.addEventListener('abort', leave);
  if (stop.aborted) leave();
  try {
    await work(until.signal);
  } finally {
    clearInterval(timer);
    stop.removeEventListener('abort', leave);
  }
}
