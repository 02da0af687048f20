import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BroadcastChannel } from 'node:worker_threads';
import { createAgent } from '@prom-agent/core';
import { afterEach, describe, expect, test } from 'vitest';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Exporter {
  readonly address: string;
  scrapes(): number;
  /** What was asked for since this was called last. */
  takePaths(): Set<string>;
}

async function exporter(): Promise<Exporter> {
  let scrapes = 0;
  let paths = new Set<string>();
  const server = createServer(({ url = '' }, response) => {
    scrapes++;
    paths.add(url);
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end('a 1\n');
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const takePaths = () => {
    const taken = paths;
    paths = new Set();
    return taken;
  };
  return { address: `127.0.0.1:${port}`, scrapes: () => scrapes, takePaths };
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function options(targets: string[], threads: number) {
  return {
    agent: { threads },
    defaultMetrics: false,
    scrapeConfigs: [
      {
        jobName: 'test',
        scrapeIntervalMs: 100,
        scrapeTimeoutMs: 100,
        staticConfigs: [{ targets }],
      },
    ],
  };
}

const threadFile = new URL('./mortal-thread.mjs', import.meta.url);

describe('a scrape thread that dies', () => {
  test.each(['exit', 'throw', 'memory'])(
    'by %s is replaced, its targets go on, the host answers',
    async (death) => {
      const one = await exporter();
      const logged: string[] = [];
      const log = (fields: object, message: string) =>
        logged.push(`${message} ${JSON.stringify(fields)}`);
      const logger = { debug: log, info: log, warn: log, error: log };
      await using agent = await createAgent({
        ...options([one.address], 1),
        agent: { threads: 1, threadMemoryBytes: 128 * 1024 * 1024 },
        threadFile,
        logger,
      });
      await agent.start();
      await until(() => one.scrapes() > 2);
      let turns = 0;
      const turning = setInterval(() => turns++, 5);
      const orders = new BroadcastChannel('mortal-thread');
      orders.postMessage(death);
      await until(() => logged.some((line) => line.startsWith('restarting a scrape thread')));
      const before = one.scrapes();
      await until(() => one.scrapes() > before + 2);
      clearInterval(turning);
      orders.close();
      expect(turns).toBeGreaterThan(10);
      const metrics = await agent.metrics();
      let text = '';
      for await (const chunk of metrics.body) text += Buffer.from(chunk).toString();
      expect(text).toMatch(/^prom_agent_thread_restarts_total 1$/m);
    },
  );

  test('has a successor that scrapes each of many targets', async () => {
    const one = await exporter();
    const logged: string[] = [];
    const log = (_fields: object, message: string) => logged.push(message);
    const count = 130;
    await using agent = await createAgent({
      agent: { threads: 1 },
      threadFile,
      logger: { debug: log, info: log, warn: log, error: log },
      defaultMetrics: false,
      scrapeConfigs: [
        {
          jobName: 'test',
          scrapeIntervalMs: 1_000,
          scrapeTimeoutMs: 1_000,
          staticConfigs: Array.from({ length: count }, (_, i) => ({
            targets: [one.address],
            labels: { __metrics_path__: `/${i}` },
          })),
        },
      ],
    });
    await agent.start();
    const orders = new BroadcastChannel('mortal-thread');
    orders.postMessage('exit');
    await until(() => logged.includes('restarting a scrape thread'));
    orders.close();
    one.takePaths();
    const scraped = new Set<string>();
    await until(() => {
      for (const path of one.takePaths()) scraped.add(path);
      return scraped.size === count;
    });
  });
});
