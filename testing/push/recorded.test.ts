import { existsSync, readFileSync } from 'node:fs';
import { createPushClient, type PushGroup, plainHttpClient } from '@prom-agent/core/push-client';
import { describe, expect, test } from 'vitest';
import { startPushgateway } from '../servers/pushgateway.js';
import { requireServer } from '../servers/require-server.js';
import { programs } from './gateways.js';

const recorded = new URL('../../../shared/conformance/pushgateway_client.jsonl', import.meta.url);

interface RecordedCase extends PushGroup {
  readonly id: string;
  readonly expect: {
    readonly server_status: number;
    readonly server_groups: readonly Readonly<Record<string, string>>[];
  };
}

describe.skipIf(!existsSync(recorded))('recorded pushes', () => {
  test.skipIf(requireServer(...programs)).each(programs)(
    'a real %s puts each into the group that was meant',
    async (program) => {
      const lines = readFileSync(recorded, 'utf8').trim().split('\n');
      const gateway = await startPushgateway({ program });
      const client = createPushClient({
        url: gateway.url,
        http: plainHttpClient,
        compression: 'none',
      });
      const body = { bytes: Buffer.from('m 1\n'), format: 'text' } as const;
      const timeoutMs = 20_000;
      try {
        for (const line of lines) {
          const { id, job, grouping, expect: wanted } = JSON.parse(line) as RecordedCase;
          const group = { job, grouping };
          const { status } = await client.push({ group, method: 'PUT', body, timeoutMs });
          const groups = (await gateway.groups()).map(({ labels }) => labels);
          expect({ id, status, groups }).toEqual({
            id,
            status: wanted.server_status,
            groups: wanted.server_groups,
          });
          await client.push({ group, method: 'DELETE', body: undefined, timeoutMs });
        }
        // It answers a DELETE before it has deleted.
        await expect.poll(() => gateway.groups(), { timeout: 20_000 }).toEqual([]);
      } finally {
        await client.close();
        await gateway.stop();
      }
    },
  );
});
