import type { PushResult } from '../outputs/pushgateway/client/push-request.js';
import { preparePush } from './prepare-push.js';
import type { PushOnceOptions } from './push-options.js';

/**
 * Pushes a registry as a group, trying until the gateway has it, refuses it or the deadline is over.
 * Resolves with what came of it; a gateway that is down is a result, not an error.
 * @throws PromAgentError PUSH_INVALID, CONFIG_INVALID: the options are wrong
 */
export async function pushOnce({ job, registry, ...rest }: PushOnceOptions): Promise<PushResult> {
  const { registryBody } = await import('./registry-body.js');
  const push = await preparePush(job, rest);
  return push((collectTimeoutMs, escaping) =>
    registryBody([], registry, { collectTimeoutMs, nativeHistograms: true, escaping }),
  );
}
