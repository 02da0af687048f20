import type { Clock } from '../clock.js';
import type { PushGroup } from '../outputs/pushgateway/client/push-group.js';
import type { PushResult } from '../outputs/pushgateway/client/push-request.js';
import type { PushgatewayWriteOptions } from '../outputs/pushgateway/pushgateway-options.js';
import type { RegistryLike } from '../self/registry.js';
import { createPushClient } from './create-push-client.js';
import { defaultDeadlineMs } from './prepare-push.js';
import { pushWithin } from './push-within.js';
import { registryBody } from './registry-body.js';

/** A `pushgateway_write` block of the own registry, and the group it pushes now. */
export interface OwnPush {
  readonly block: PushgatewayWriteOptions;
  readonly group: PushGroup;
}

/** What came of the push to one of the configured Pushgateways. */
export interface OwnPushResult extends PushResult {
  /** Of the `pushgateway_write` block. */
  readonly name: string;
}

/** Pushes the own registry to each of the gateways, side by side. Rejects for none of them. */
export function pushOwnRegistry(
  pushes: readonly OwnPush[],
  registry: RegistryLike,
  clock: Clock,
  deadlineMs = defaultDeadlineMs,
): Promise<OwnPushResult[]> {
  return Promise.all(
    pushes.map(async ({ block, group }) => {
      const { name, method, sendNativeHistograms: nativeHistograms } = block;
      const result = await pushWithin(deadlineMs, {
        client: createPushClient(block, clock),
        clock,
        group,
        method,
        makeBody: (collectTimeoutMs, escaping) =>
          registryBody([], registry, { collectTimeoutMs, nativeHistograms, escaping }),
      });
      return { name, ...result };
    }),
  );
}
