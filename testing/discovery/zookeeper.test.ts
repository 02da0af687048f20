import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../packages/core/src/config/load-config.js';
import { describeDiscoveryContract } from '../../packages/core/src/discovery/discovery.contract.js';
import type { DiscoveryUpdate } from '../../packages/core/src/discovery/discovery.js';
import { DiscoveryManager } from '../../packages/core/src/discovery/discovery-manager.js';
import { silentLogger } from '../../packages/core/src/logger.js';
import { requireServer } from '../servers/require-server.js';
import { Wire } from '../servers/wire.js';
import { startZooKeeper, type ZooKeeperServer } from '../servers/zookeeper.js';
import type { ZooKeeperWriter } from '../servers/zookeeper-writer.js';
import { CountingClock } from './counting-clock.js';
import { addressesOf, nerve, until, ZooKeeperScene } from './zookeeper-scene.js';

/**
 * Makes, changes or removes one of 12 nodes, the last eight below the first four, and keeps the books of
 * their addresses; does nothing where ZooKeeper would refuse.
 */
async function change(
  writer: ZooKeeperWriter,
  members: Map<string, string>,
  root: string,
  at: number,
  port: number,
): Promise<void> {
  const parent = `${root}/m${at % 4}`;
  const path = at < 4 ? parent : `${parent}/n${at}`;
  if (members.has(path)) {
    if (port % 2 === 0) await writer.set(path, nerve('h', port));
    else if ([...members.keys()].some((one) => one.startsWith(`${path}/`))) return;
    else await writer.delete(path);
  } else {
    if (at >= 4 && !members.has(parent)) return;
    await writer.create(path, nerve('h', port));
  }
  if (members.has(path) && port % 2 === 1) members.delete(path);
  else members.set(path, `h:${port}`);
}

describe.skipIf(requireServer('zookeeper'))('ZooKeeper discovery on a real server', () => {
  let server: ZooKeeperServer;
  let isHalted = false;
  let tree = 0;
  let root: string;
  let scene: ZooKeeperScene;

  beforeAll(async () => {
    server = await startZooKeeper();
  });
  afterAll(() => server?.stop());

  async function freshRoot(): Promise<void> {
    if (isHalted) await server.resume();
    isHalted = false;
    root = `/tree${tree++}`;
    await server.writer.create(root);
  }

  describeDiscoveryContract('ZooKeeperDiscovery', async () => {
    await freshRoot();
    let version = 1;
    await server.writer.create(`${root}/a`, nerve('a', version));
    const wire = await Wire.to(server.address);
    const mine = new ZooKeeperScene(wire.address);
    return {
      discovery: mine.discovery({ paths: [root] }),
      change: async () => {
        await wire.join();
        await server.writer.set(`${root}/a`, nerve('a', ++version));
      },
      breakIt: async () => wire.cut(),
      letItSee: () => delay(20),
      pendingTimers: () => mine.clock.pendingTimers,
      close: async () => {
        await mine.close();
        wire.cut();
      },
    };
  });

  describe('members', () => {
    beforeEach(async () => {
      await freshRoot();
      scene = new ZooKeeperScene(server.address);
    });
    afterEach(async () => {
      await scene.close();
      expect(scene.clock.pendingTimers).toBe(0);
      if (!isHalted) await until(async () => (await server.clients()) === 0);
    });

    it('come, change and go, at any depth', async () => {
      const { writer } = server;
      await writer.create(`${root}/a`, nerve('a'));
      await scene.start({ paths: [root] });
      expect(scene.addresses).toEqual(['a:80']);
      await writer.create(`${root}/b`, nerve('b'), true);
      await scene.finds('a:80', 'b:80');
      await writer.set(`${root}/a`, nerve('a', 81));
      await scene.finds('a:81', 'b:80');
      await writer.create(`${root}/a/deep`);
      await writer.create(`${root}/a/deep/c`, nerve('c'));
      await scene.finds('a:81', 'b:80', 'c:80');
      await writer.delete(`${root}/b`);
      await scene.finds('a:81', 'c:80');
      await writer.delete(`${root}/a/deep/c`);
      await writer.delete(`${root}/a/deep`);
      await writer.delete(`${root}/a`);
      await scene.finds();
      await writer.create(`${root}/a`, nerve('again'));
      await scene.finds('again:80');
    });

    it('that change all at once are all found', async () => {
      await scene.start({ paths: [root] });
      const names = Array.from({ length: 500 }, (_, i) => `m${i}`);
      await Promise.all(names.map((name) => server.writer.create(`${root}/${name}`, nerve(name))));
      await scene.finds(...names.map((name) => `${name}:80`));
      const half = names.filter((_name, i) => i % 2 === 0);
      await Promise.all(half.map((name) => server.writer.delete(`${root}/${name}`)));
      await Promise.all(half.map((name) => server.writer.create(`${root}/${name}`, nerve('x'))));
      await until(() => scene.addresses.filter((address) => address === 'x:80').length === 250);
      expect(scene.addresses).toHaveLength(500);
    });

    it('of a path that is not there yet, goes and comes back', async () => {
      const path = `${root}/later`;
      await scene.start({ paths: [path] });
      expect(scene.updates).toEqual([{ groups: [], error: undefined }]);
      expect(scene.warnings).toEqual([{ path }]);
      await server.writer.create(path, nerve('self'));
      await scene.finds('self:80');
      await server.writer.create(`${path}/a`, nerve('a'));
      await scene.finds('a:80', 'self:80');
      await server.writer.delete(`${path}/a`);
      await server.writer.delete(path);
      await scene.finds();
      await server.writer.create(path, nerve('again'));
      await scene.finds('again:80');
    });

    it('that are none are passed over with a word, empty nodes without', async () => {
      await server.writer.create(`${root}/bad`, 'nonsense');
      await server.writer.create(`${root}/empty`);
      await server.writer.create(`${root}/good`, nerve('good'));
      await scene.start({ paths: [root] });
      expect(scene.addresses).toEqual(['good:80']);
      expect(scene.error).toBeUndefined();
      expect(scene.warnings).toEqual([{ path: `${root}/bad`, err: expect.any(String) }]);
      await server.writer.set(`${root}/bad`, nerve('better'));
      await scene.finds('better:80', 'good:80');
      await server.writer.set(`${root}/good`, '[]');
      await scene.finds('better:80');
    });

    it('in trees that overlap are found once', async () => {
      await server.writer.create(`${root}/a`, nerve('a'));
      await scene.start({ paths: [root, `${root}/a`] });
      expect(scene.addresses).toEqual(['a:80']);
      await server.writer.set(`${root}/a`, nerve('b'));
      await scene.finds('b:80');
    });

    it('of many paths are found without a warning of Node', async () => {
      const warnings: Error[] = [];
      const onWarning = (warning: Error) => warnings.push(warning);
      process.on('warning', onWarning);
      const paths = Array.from({ length: 30 }, (_, i) => `${root}/p${i}`);
      for (const path of paths) await server.writer.create(path, nerve('a'));
      await scene.start({ paths });
      expect(scene.addresses).toHaveLength(30);
      await delay(0);
      process.off('warning', onWarning);
      expect(warnings).toEqual([]);
    });

    it('below a node that may not be read: an error; the last members and the other paths stay', async () => {
      const other = `${root}-other`;
      await server.writer.create(other);
      await server.writer.create(`${root}/a`, nerve('a'));
      await scene.start({ paths: [root, other] });
      await server.writer.createUnreadable(`${root}/secret`);
      await until(() => scene.error !== undefined);
      expect(scene.error).toBe(`cannot read ${root}: not allowed to read`);
      expect(scene.addresses).toEqual(['a:80']);
      await server.writer.create(`${other}/b`, nerve('b'));
      await until(() => scene.addresses.join() === 'a:80,b:80');
      expect(scene.error).toBe(`cannot read ${root}: not allowed to read`);
    });

    it('a node of almost 1 MB, and a list of children of more, are read', async () => {
      const large = JSON.stringify({ host: 'large', port: 1, name: 'x'.repeat(1_000_000) });
      await server.writer.create(`${root}/large`, large);
      const names = Array.from({ length: 6_000 }, (_, i) => `${'long-'.repeat(40)}${i}`);
      await Promise.all(names.map((name) => server.writer.create(`${root}/${name}`)));
      await scene.start({ paths: [root] });
      expect(scene.addresses).toEqual(['large:1']);
      await server.writer.create(`${root}/${names[5_999]}/a`, nerve('a'));
      await scene.finds('a:80', 'large:1');
    });

    it('two discoveries of the same servers share a connection, to the last of them', async () => {
      await server.writer.create(`${root}/a`, nerve('a'));
      const others: DiscoveryUpdate[] = [];
      await scene.start({ paths: [root] });
      await scene.start({ paths: [root], kind: 'serverset' }, others);
      expect(await server.clients()).toBe(1);
      await server.writer.set(`${root}/a`, nerve('b'));
      await scene.finds('b:80');
      await server.writer.create(`${root}/s`, '{"serviceEndpoint":{"host":"s","port":2}}');
      await until(() => addressesOf(others.at(-1)).includes('s:2'));
    });
  });

  it('jobs of one configuration share a connection, from the YAML to the groups', async () => {
    await freshRoot();
    await server.writer.create(`${root}/a`, nerve('a'));
    await server.writer.create(`${root}/s`, '{"serviceEndpoint":{"host":"s","port":2}}');
    const sd = `[{servers: ["${server.address}"], paths: ["${root}"], timeout: 2s}]`;
    const { scrapeConfigs } = parseConfig(
      `scrape_configs:
- {job_name: n, nerve_sd_configs: ${sd}}
- {job_name: s, serverset_sd_configs: ${sd}}
`,
      'prometheus.yml',
    );
    const found = new Map<string, number>();
    const clock = new CountingClock();
    const manager = new DiscoveryManager({
      jobs: scrapeConfigs.map(({ job, discoveries }) => ({ job: job.name, discoveries })),
      onGroups: (job, groups) => found.set(job, groups.length),
      clock,
      logger: silentLogger,
    });
    const stop = new AbortController();
    const running = manager.run(stop.signal);
    await manager.ready();
    expect(found).toEqual(
      new Map([
        ['n', 2],
        ['s', 2],
      ]),
    );
    expect(await server.clients()).toBe(1);
    stop.abort();
    await running;
    expect(clock.pendingTimers).toBe(0);
    await until(async () => (await server.clients()) === 0);
  });

  describe('trouble', () => {
    beforeEach(async () => {
      await freshRoot();
      await server.writer.create(`${root}/a`, nerve('a'));
      await server.writer.create(`${root}/b`, nerve('b'));
      scene = new ZooKeeperScene(server.address);
    });
    afterEach(async () => {
      await scene.close();
      expect(scene.clock.pendingTimers).toBe(0);
    });

    /** Nothing was dropped on the way: no update had fewer targets than there were members. */
    function expectNothingDropped(): void {
      expect(scene.updates.map((update) => addressesOf(update).length)).not.toContain(0);
      expect(scene.updates.map((update) => addressesOf(update).length)).not.toContain(1);
    }

    it('a server that restarts is no change, and what changed after it is seen', async () => {
      await scene.start({ paths: [root] });
      await server.halt();
      await server.resume();
      await server.writer.set(`${root}/a`, nerve('a', 81));
      await scene.finds('a:81', 'b:80');
      expectNothingDropped();
    });

    it('a server that is gone: the last members stay, it says so, once; then it recovers', async () => {
      await scene.start({ paths: [root] });
      await server.halt();
      isHalted = true;
      await until(() => scene.error !== undefined);
      await until(() => scene.failedAttempts > 1);
      expect(scene.error).toMatch(/^cannot connect to ZooKeeper: 127\.0\.0\.1 port \d+: .*REFUSED/);
      expect(scene.updates).toHaveLength(2);
      await server.resume();
      isHalted = false;
      await scene.finds('a:80', 'b:80');
      expectNothingDropped();
    });

    it('a server that stands still is noticed, and so is its return', async () => {
      await scene.start({ paths: [root], timeoutMs: 600 });
      server.process.signal('SIGSTOP');
      await until(() => scene.error !== undefined);
      expect(scene.error).toMatch(/no session in 1000 ms$/);
      server.process.signal('SIGCONT');
      await server.writer.set(`${root}/b`, nerve('b', 81));
      await scene.finds('a:80', 'b:81');
      expectNothingDropped();
    });

    it('a wire that is cut without a word: the session expires, a new one reads anew', async () => {
      const wire = await Wire.to(server.address);
      scene = new ZooKeeperScene(wire.address);
      await scene.start({ paths: [root], timeoutMs: 600 });
      wire.silence();
      await server.writer.set(`${root}/a`, nerve('a', 81));
      await until(() => scene.error !== undefined);
      expect(scene.error).toMatch(/no session in 1000 ms$/);
      wire.mend();
      await scene.finds('a:81', 'b:80');
      expectNothingDropped();
      wire.cut();
    });

    it('a connection that is reset again and again drops nothing', async () => {
      const wire = await Wire.to(server.address);
      scene = new ZooKeeperScene(wire.address);
      await scene.start({ paths: [root] });
      for (let i = 0; i < 2; i++) {
        wire.reset();
        await server.writer.set(`${root}/a`, nerve('a', 100 + i));
        await scene.finds(`a:${100 + i}`, 'b:80');
      }
      expectNothingDropped();
      wire.cut();
    });

    it('whatever happens in whatever order, what there is in the end is found', async () => {
      const wire = await Wire.to(server.address);
      scene = new ZooKeeperScene(wire.address);
      await scene.start({ paths: [root] });
      const members = new Map<string, string>();
      const steps = fc.record({ at: fc.nat(11), port: fc.integer({ min: 1, max: 999 }) });
      const [story = []] = fc.sample(fc.array(steps, { minLength: 400, maxLength: 400 }), 1);
      for (const [i, { at, port }] of story.entries()) {
        await change(server.writer, members, root, at, port);
        if (i === 150 || i === 300) wire.reset();
      }
      await scene.finds('a:80', 'b:80', ...members.values());
      wire.cut();
    });

    it('close while a server does not answer what was asked waits for nothing', async () => {
      await scene.start({ paths: [root], timeoutMs: 30_000 });
      server.process.signal('SIGSTOP');
      const other = new AbortController();
      const running = scene
        .discovery({ paths: [root], timeoutMs: 30_000 })
        .run(() => {}, other.signal);
      await delay(50);
      other.abort();
      await running;
      server.process.signal('SIGCONT');
    });

    it('close while nothing answers leaves nothing', async () => {
      await scene.start({ paths: [root] });
      server.process.signal('SIGSTOP');
      await scene.close();
      server.process.signal('SIGCONT');
      await until(async () => (await server.clients()) === 0);
    });
  });
});
