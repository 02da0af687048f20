import { systemClock } from '../clock.js';
import { type HttpClientConfig, plainHttpClient } from '../http-client/http-client-config.js';
import { undici } from '../http-client/lazy-undici.js';
import { groupPath } from '../outputs/pushgateway/client/push-group.js';
import type { PushResult } from '../outputs/pushgateway/client/push-request.js';
import { createPushClient } from './create-push-client.js';
import type { PushOptions } from './push-options.js';
import { type MakeBody, pushWithin } from './push-within.js';

export const defaultDeadlineMs = 5_000;

/** A push that is ready but for its metrics. */
export type PreparedPush = (makeBody: MakeBody) => Promise<PushResult>;

/**
 * Checks the options and loads what they need. What is returned pushes once and ends its connection;
 * it resolves within the deadline.
 * @throws PromAgentError PUSH_INVALID, CONFIG_INVALID
 */
export async function preparePush(job: string, options: PushOptions): Promise<PreparedPush> {
  const {
    url,
    grouping = {},
    method = 'POST',
    deadlineMs = defaultDeadlineMs,
    compression = 'gzip',
    ...http
  } = options;
  const group = { job, grouping };
  groupPath(group);
  const clock = systemClock;
  const client = createPushClient({ url, http: await httpClientOf(http), compression });
  // It takes longer to load than a push to make, so not when the job is at its end.
  if (/^https:/i.test(url)) undici();
  return (makeBody) => pushWithin(deadlineMs, { client, clock, group, method, makeBody });
}

/** The schema (14 MiB of zod) is loaded only where there is something to check. */
async function httpClientOf(options: object): Promise<HttpClientConfig> {
  if (Object.keys(options).length === 0) return plainHttpClient;
  const { resolveHttpClient } = await import('../config/http-client-block.js');
  return resolveHttpClient(options);
}
