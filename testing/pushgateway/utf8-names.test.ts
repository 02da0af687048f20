import type { RegistryLike } from '@prom-agent/core';
import { pushOnce } from '@prom-agent/core/push';
import { Gauge, Registry } from 'prom-client';
import { afterEach, describe, expect, test } from 'vitest';
import { push } from '../push/gateways.js';
import { type Pushgateway, startPushgateway } from '../servers/pushgateway.js';
import { requireServer } from '../servers/require-server.js';
import { type PushScene, samples, startPushing, until } from './push-scene.js';

const timeoutMs = 120_000;

/** prom-client checks the names of metrics and their labels, those of default labels it takes as they are. */
function registryWithUtf8(): RegistryLike {
  const registry = new Registry();
  new Gauge({ name: 'rows', help: 'Rows.', registers: [registry] }).set(5);
  registry.setDefaultLabels({ 'service.name': 'größe' });
  return registry as unknown as RegistryLike;
}

describe.each([
  ['pushgateway-1.5', false],
  ['pushgateway', false],
  ['pushgateway', true],
] as const)('UTF-8 names of a registry on a real %s, enabled: %s', (program, isEnabled) => {
  const skipped = requireServer(program);
  let gateway: Pushgateway | undefined;
  let scene: PushScene | undefined;

  const start = () =>
    startPushgateway({ program, flags: isEnabled ? ['--push.enable-utf8-names'] : [] });
  const rows = async () => (await samples(gateway!, 'rows')).map(({ labels }) => labels);

  afterEach(async () => {
    await scene?.agent.close({ deadlineMs: 5_000 });
    await gateway?.stop();
    [scene, gateway] = [undefined, undefined];
  });

  test.skipIf(skipped).each([true, false])(
    'the agent pushes what the gateway can read, native histograms: %s',
    async (sendNativeHistograms) => {
      gateway = await start();
      scene = await startPushing({
        url: gateway.url,
        block: { source: 'self', job: 'svc', grouping: { instance: 'i' }, sendNativeHistograms },
        options: { registry: registryWithUtf8() },
      });
      // 1.11 checks names in protobuf by no flag.
      const isTaken = isEnabled || (program === 'pushgateway' && sendNativeHistograms);
      const own = isTaken ? 'service.name' : 'service_name';
      const wanted = { job: 'svc', instance: 'i', [own]: 'größe' };
      await until('pushed', async () => JSON.stringify(await rows()) !== '[]');
      expect(await rows()).toEqual([wanted]);
      const { agent } = scene;
      await until('taken', () => agent.outputs()[0]?.lastError === '');
      expect(agent.outputs()[0]?.pushes).toMatchObject({ takesUtf8Names: isTaken });
      // Away, and back as another one for all that is known.
      await gateway.kill();
      await gateway.start();
      await until('pushed again', async () => JSON.stringify(await rows()) !== '[]');
      expect(await rows()).toEqual([wanted]);
    },
    timeoutMs,
  );

  test.skipIf(skipped)(
    'a single push too',
    async () => {
      gateway = await start();
      const { url } = gateway;
      const registry = registryWithUtf8();
      const result = await pushOnce({ url, job: 'svc', registry, deadlineMs: 60_000 });
      expect(result).toMatchObject({ outcome: 'pushed' });
      const label = isEnabled ? 'service.name' : 'service_name';
      expect(await rows()).toEqual([{ job: 'svc', instance: '', [label]: 'größe' }]);
    },
    timeoutMs,
  );

  test.skipIf(skipped)(
    'a script is told what its names need',
    async () => {
      gateway = await start();
      const to = [gateway.url, '--job', 'j', '--no-instance'];
      const { code, stderr } = await push('{"disk.free","größe"="ö"} 1\n', ...to);
      expect(code).toBe(isEnabled ? 0 : 1);
      if (isEnabled) expect(stderr).toBe('');
      else {
        expect(stderr).toContain('the Pushgateway refuses this: HTTP 400: ');
        expect(stderr).toContain('--push.enable-utf8-names');
      }
    },
    timeoutMs,
  );
});
