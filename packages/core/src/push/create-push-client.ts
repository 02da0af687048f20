import { type Clock, systemClock } from '../clock.js';
import { FileTexts } from '../http-client/file-texts.js';
import { PushClient, type PushClientOptions } from '../outputs/pushgateway/client/push-client.js';
import { version } from '../version.js';

/**
 * A push client outside of the scrape threads.
 * @throws PromAgentError PUSH_INVALID
 */
export function createPushClient(
  options: PushClientOptions,
  clock: Clock = systemClock,
): PushClient {
  return new PushClient(options, {
    clock,
    files: new FileTexts(clock, { run: (task) => task() }),
    userAgent: `prom-agent/${version}`,
  });
}
