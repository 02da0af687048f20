import type { Clock } from '../clock.js';
import type { PushClient } from '../outputs/pushgateway/client/push-client.js';
import type { PushGroup } from '../outputs/pushgateway/client/push-group.js';
import type { PushBody, PushResult } from '../outputs/pushgateway/client/push-request.js';
import { pushWithRetries } from '../outputs/pushgateway/client/push-with-retries.js';
import { holdProcess } from './hold-process.js';

/** As in a scrape. */
const mostCollectMs = 2_000;

/** Must not take longer than it is told. */
export type MakeBody = (collectTimeoutMs: number) => PushBody | Promise<PushBody>;

export interface OnePush {
  /** Closed when it is done. */
  readonly client: PushClient;
  readonly clock: Clock;
  readonly group: PushGroup;
  readonly method: 'PUT' | 'POST';
  readonly makeBody: MakeBody;
}

/** Makes a body and pushes it until the gateway has it, refuses it or the deadline is over. */
export async function pushWithin(
  deadlineMs: number,
  { client, clock, group, method, makeBody }: OnePush,
): Promise<PushResult> {
  const release = holdProcess();
  const endMs = clock.monotonicMs() + deadlineMs;
  try {
    const body = await makeBody(Math.min(mostCollectMs, deadlineMs / 2));
    const leftMs = Math.max(1, Math.ceil(endMs - clock.monotonicMs()));
    return await pushWithRetries(
      client,
      { group, method, body, timeoutMs: leftMs },
      { retries: Number.POSITIVE_INFINITY, deadlineMs: leftMs, clock },
    );
  } finally {
    release();
    await client.close();
  }
}
