import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serveBody } from '../exporters/serve-body.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { type Pushgateway, startPushgateway } from '../servers/pushgateway.js';
import { requireServer } from '../servers/require-server.js';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { startWorker, type WorkerProcess } from '../servers/worker.js';
import { groupsOf, samples, startPushing, until } from './push-scene.js';

const timeoutMs = 120_000;

describe.each(['pushgateway', 'pushgateway-1.5'] as const)('groups on a real %s', (program) => {
  const skipped = requireServer(program);
  let gateway: Pushgateway;
  let folder: TempFolder;
  let stays: FakeExporter;
  let leaves: FakeExporter;
  const agents: { close(options?: { deadlineMs?: number }): Promise<void> }[] = [];
  const workers: WorkerProcess[] = [];

  beforeEach(async (context) => {
    context.skip(skipped);
    gateway = await startPushgateway({ program });
    folder = await tempFolder('groups');
    stays = await startExporter(serveBody('a 1\n'));
    leaves = await startExporter(serveBody('a 2\n'));
  });
  afterEach(async () => {
    await Promise.all(agents.splice(0).map((agent) => agent.close({ deadlineMs: 3_000 })));
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    await Promise.all([stays?.stop(), leaves?.stop(), gateway?.stop()]);
    await folder?.remove();
  });

  const group = ({ address }: FakeExporter) => ({ job: 'j', instance: address });
  const has = async (...exporters: FakeExporter[]): Promise<boolean> => {
    const found = (await groupsOf(gateway)).map((labels) => labels['instance']);
    return (
      found.sort().join() ===
      exporters
        .map(({ address }) => address)
        .sort()
        .join()
    );
  };
  const push = async (targets: FakeExporter[], more: object = {}, options: object = {}) => {
    const { agent } = await startPushing({
      url: gateway.url,
      targets: targets.map(({ address }) => address),
      block: { ttlMs: 2_000, ...more },
      options,
    });
    agents.push(agent);
    return agent;
  };
  const jobOf = (...targets: FakeExporter[]) => [
    { jobName: 'j', staticConfigs: [{ targets: targets.map(({ address }) => address) }] },
  ];

  test(
    'of a target that left are deleted after the ttl, the others stay',
    async () => {
      const agent = await push([stays, leaves]);
      await until('both', () => has(stays, leaves));
      await agent.reload({
        defaultMetrics: false,
        global: { scrapeIntervalMs: 300, scrapeTimeoutMs: 300 },
        scrapeConfigs: jobOf(stays),
        pushgatewayWrite: [
          { url: gateway.url, source: 'targets', intervalMs: 300, timeoutMs: 2_000, ttlMs: 2_000 },
        ],
        agent: { threads: 1, self: { enabled: false } },
      });
      await until('one', () => has(stays));
      await until('counted', () => agent.outputs()[0]?.pushes?.groupsDeleted === 1);
      expect(agent.outputs()[0]?.pushes).toMatchObject({ groups: 1, groupsLeft: 0 });
    },
    timeoutMs,
  );

  test(
    'that another agent pushes now are not deleted',
    async () => {
      const agent = await push([leaves]);
      await until('pushed', () => has(leaves));
      await push([leaves], { name: 'other' });
      await agent.reload({
        defaultMetrics: false,
        global: { scrapeIntervalMs: 300, scrapeTimeoutMs: 300 },
        scrapeConfigs: jobOf(stays),
        pushgatewayWrite: [
          { url: gateway.url, source: 'targets', intervalMs: 300, timeoutMs: 2_000, ttlMs: 2_000 },
        ],
        agent: { threads: 1, self: { enabled: false } },
      });
      await until('left', () => agent.outputs()[0]?.pushes?.groupsLeft === 1);
      await until('another’s', () => agent.outputs()[0]?.pushes?.groupsLeft === 0);
      expect(agent.outputs()[0]?.pushes).toMatchObject({ groupsDeleted: 0 });
      expect(await has(stays, leaves)).toBe(true);
    },
    timeoutMs,
  );

  test(
    'stay after a graceful stop, or go, as the option says',
    async () => {
      const agent = await push([stays]);
      const other = await push([leaves], { onClose: 'delete' });
      await until('both', () => has(stays, leaves));
      await other.close();
      expect(await groupsOf(gateway)).toEqual([group(stays)]);
      await agent.close();
      expect(await groupsOf(gateway)).toEqual([group(stays)]);
    },
    timeoutMs,
  );

  test(
    'of a process that was killed are pushed again or deleted by the next',
    async () => {
      const config = (...targets: FakeExporter[]) => ({
        global: { scrape_interval: '300ms', scrape_timeout: '300ms' },
        scrape_configs: [
          { job_name: 'j', static_configs: [{ targets: targets.map(({ address }) => address) }] },
        ],
        pushgateway_write: [
          { url: gateway.url, source: 'targets', interval: '300ms', ttl: '2s' },
          { url: gateway.url, source: 'self', interval: '300ms', ttl: '2s', name: 'own', job: 'w' },
        ],
        agent: { queue: { path: folder.path }, self: { enabled: false } },
      });
      const killed = await startWorker({ config: config(stays, leaves) });
      workers.push(killed);
      // Two targets, and the registry of the worker itself.
      await until('pushed', async () => (await groupsOf(gateway)).length === 3);
      killed.process.signal('SIGKILL');
      await killed.process.ended;
      await delay(100);
      expect(await groupsOf(gateway)).toHaveLength(3);
      const next = await startWorker({ config: config(stays) });
      workers.push(next);
      const ownNow = new URL(next.url).port;
      await until('swept', async () => {
        const instances = (await groupsOf(gateway)).map((labels) => labels['instance'] ?? '');
        return (
          instances.length === 2 &&
          instances.includes(stays.address) &&
          instances.some((instance) => instance.endsWith(`:${ownNow}`))
        );
      });
    },
    timeoutMs,
  );

  test(
    'of the own registry hold what it was at the stop, native histograms too',
    async () => {
      const agent = await push([], {
        source: 'self',
        job: 'svc',
        grouping: { instance: 'a/b', empty: '' },
        intervalMs: 3_600_000,
      });
      await agent.close();
      const [first] = await samples(gateway, 'prom_agent_build_info');
      expect(first?.labels).toMatchObject({ job: 'svc', instance: 'a/b' });
      expect(await groupsOf(gateway)).toEqual([{ job: 'svc', instance: 'a/b', empty: '' }]);
    },
    timeoutMs,
  );
});
