import type { Clock } from '../clock.js';
import type { EscapingScheme } from '../exposition/content-type.js';
import { holdProcess } from '../hold-process.js';
import type { PushClient } from '../outputs/pushgateway/client/push-client.js';
import type { PushGroup } from '../outputs/pushgateway/client/push-group.js';
import type { PushBody, PushResult } from '../outputs/pushgateway/client/push-request.js';
import { pushWithRetries } from '../outputs/pushgateway/client/push-with-retries.js';
import { refusesNames } from '../outputs/pushgateway/client/refuses-names.js';

/** As in a scrape. */
const mostCollectMs = 2_000;

/** Must not take longer than it is told. */
export type MakeBody = (
  collectTimeoutMs: number,
  escaping: EscapingScheme,
) => PushBody | Promise<PushBody>;

export interface OnePush {
  /** Closed when it is done. */
  readonly client: PushClient;
  readonly clock: Clock;
  readonly group: PushGroup;
  readonly method: 'PUT' | 'POST';
  readonly makeBody: MakeBody;
}

/**
 * Makes a body and pushes it until the gateway has it, refuses it or the deadline is over. A gateway that
 * refuses UTF-8 names gets them with underscores, as a scrape does that does not know them.
 */
export async function pushWithin(
  deadlineMs: number,
  { client, clock, group, method, makeBody }: OnePush,
): Promise<PushResult> {
  const release = holdProcess();
  const endMs = clock.monotonicMs() + deadlineMs;
  const leftMs = (): number => Math.max(1, Math.ceil(endMs - clock.monotonicMs()));
  const push = async (escaping: EscapingScheme): Promise<PushResult> => {
    const body = await makeBody(Math.min(mostCollectMs, leftMs() / 2), escaping);
    const timeoutMs = leftMs();
    return pushWithRetries(
      client,
      { group, method, body, timeoutMs },
      { retries: Number.POSITIVE_INFINITY, deadlineMs: timeoutMs, clock },
    );
  };
  try {
    const result = await push('allow-utf-8');
    const isForNames = result.outcome === 'refused' && refusesNames(result.words);
    return isForNames ? await push('underscores') : result;
  } finally {
    release();
    await client.close();
  }
}
