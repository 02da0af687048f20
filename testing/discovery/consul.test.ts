import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConsulDiscoveryConfig } from '../../packages/core/src/discovery/consul/consul-discovery-config.js';
import { describeDiscoveryContract } from '../../packages/core/src/discovery/discovery.contract.js';
import { type ConsulServer, startConsul } from '../servers/consul.js';
import { requireServer } from '../servers/require-server.js';
import { ConsulScene } from './consul-scene.js';

describe.skipIf(requireServer('consul'))('on a real Consul', () => {
  let consul: ConsulServer;
  let scenes = 0;
  beforeAll(async () => {
    consul = await startConsul();
  });
  afterAll(() => consul?.stop());

  describeDiscoveryContract('ConsulDiscovery', async () => {
    await consul.start();
    const name = `contract-${++scenes}`;
    let port = 1_000;
    const change = async () => {
      await consul.start();
      await consul.register({ Name: name, Port: ++port, Tags: ['a'] });
    };
    await change();
    const scene = new ConsulScene(consul.address, { services: [name] });
    return {
      discovery: scene.discovery,
      change,
      breakIt: () => consul.kill(),
      letItSee: () => scene.pass(),
      pendingTimers: () => scene.clock.pendingTimers,
      close: async () => {
        await consul.start();
        await consul.deregister(name);
      },
    };
  });

  describe('ConsulDiscovery', () => {
    let scene: ConsulScene;
    const registered: string[] = [];

    async function register(Name: string, Port: number, ...Tags: string[]): Promise<void> {
      const ID = `${Name}-${Port}`;
      registered.push(ID);
      await consul.register({ Name, ID, Port, Tags });
    }
    function start(config: Partial<ConsulDiscoveryConfig> = {}): void {
      scene = new ConsulScene(consul.address, config).start();
    }
    const found = (...ports: number[]) => {
      const wanted = ports.map((port) => `127.0.0.1:${port}`).sort();
      return scene.until(() => scene.addresses.join() === wanted.join());
    };

    beforeEach(() => consul.start());
    afterEach(async () => {
      await scene.stop();
      await consul.start();
      for (const id of registered.splice(0)) await consul.deregister(id).catch(() => {});
    });

    it('services and instances appear, change and vanish', async () => {
      start();
      await found();
      await register('web', 81);
      await register('web', 82);
      await found(81, 82);
      await register('db', 83);
      await found(81, 82, 83);
      await consul.put('/v1/agent/service/maintenance/web-81?enable=true&reason=test');
      await scene.until(() =>
        scene.updates
          .at(-1)!
          .groups.some(({ targets }) =>
            targets.some((target) => target.get('__meta_consul_health') === 'maintenance'),
          ),
      );
      await consul.deregister('web-82');
      await consul.deregister('db-83');
      await found(81);
      expect(scene.failedAttempts).toBe(0);
    });

    it.each<[string, Partial<ConsulDiscoveryConfig>, number[]]>([
      ['tags: all are needed', { tags: ['a', 'b'] }, [82]],
      ['names', { services: ['two', 'absent'] }, [83]],
      ['names and tags', { services: ['one'], tags: ['a'] }, [81, 82]],
      ['metadata of the node', { nodeMeta: { 'consul-network-segment': 'none' } }, []],
      ['a filter of instances', { healthFilter: 'Service.Port != 81' }, [82, 83]],
      ['the leader alone', { allowStale: false }, [81, 82, 83]],
    ])('takes by %s', async (_name, config, ports) => {
      await register('one', 81, 'a');
      await register('one', 82, 'a', 'b');
      await register('two', 83, 'b');
      start(config);
      await scene.until(() => scene.updates.length > 0);
      await found(...ports);
      expect(scene.error).toBeUndefined();
    });

    it('a Consul that is gone for a minute, and starts again, loses no target', async () => {
      await register('web', 81);
      await register('db', 82);
      start();
      await found(81, 82);
      await consul.kill();
      await scene.until(() => scene.error !== undefined);
      const goneMs = scene.clock.monotonicMs();
      const before = scene.updates.length;
      while (scene.clock.monotonicMs() - goneMs < 60_000) await scene.pass();
      await consul.start();
      await scene.until(() => scene.error === undefined);
      await register('web', 83);
      await found(81, 82, 83);
      for (const { groups } of scene.updates.slice(before)) {
        const left = groups.flatMap(({ targets }) => targets.map((t) => t.get('__address__')));
        expect(left).toEqual(expect.arrayContaining(['127.0.0.1:81', '127.0.0.1:82']));
      }
    });

    it('says what Consul says is wrong', async () => {
      start({ services: ['web'], healthFilter: 'Service.Nonsense == 1' });
      await scene.until(() => scene.error !== undefined);
      expect(scene.error).toMatch(
        /^consul 127\.0\.0\.1:\d+: \/v1\/health\/service\/web: expected status 200, found 500 .*Nonsense/,
      );
    });
  });
});
