import { systemClock } from '../clock.js';
import { type HttpClientConfig, plainHttpClient } from '../http-client/http-client-config.js';
import { undici } from '../http-client/lazy-undici.js';
import type { MetricFamily } from '../model/metric-family.js';
import { groupPath } from '../outputs/pushgateway/client/push-group.js';
import type { PushResult } from '../outputs/pushgateway/client/push-request.js';
import { pushWithRetries } from '../outputs/pushgateway/client/push-with-retries.js';
import type { RegistryLike } from '../self/registry.js';
import { createPushClient } from './create-push-client.js';
import { holdProcess } from './hold-process.js';
import type { PushOptions } from './push-options.js';
import { registryBody } from './registry-body.js';

const defaultDeadlineMs = 5_000;
/** As in a scrape: a metric whose `collect` takes longer is missing. */
const mostCollectMs = 2_000;

/** A push that is ready but for its metrics. */
export type PreparedPush = (
  families: readonly MetricFamily[],
  registry: RegistryLike | undefined,
) => Promise<PushResult>;

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
  return async (families, registry) => {
    const release = holdProcess();
    const endMs = clock.monotonicMs() + deadlineMs;
    try {
      const collectMs = Math.min(mostCollectMs, deadlineMs / 2);
      const body = await registryBody(families, registry, collectMs);
      const leftMs = Math.max(1, Math.ceil(endMs - clock.monotonicMs()));
      const request = { group, method, body, timeoutMs: leftMs };
      return await pushWithRetries(client, request, {
        retries: Number.POSITIVE_INFINITY,
        deadlineMs: leftMs,
        clock,
      });
    } finally {
      release();
      await client.close();
    }
  };
}

/** The schema (14 MiB of zod) is loaded only where there is something to check. */
async function httpClientOf(options: object): Promise<HttpClientConfig> {
  if (Object.keys(options).length === 0) return plainHttpClient;
  const { resolveHttpClient } = await import('../config/http-client-block.js');
  return resolveHttpClient(options);
}
