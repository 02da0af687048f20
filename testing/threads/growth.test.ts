import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAgent } from '@prom-agent/core';
import { afterEach, test } from 'vitest';

let server: Server;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function until(what: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('a second thread starts when the load asks for it, and every target goes on', async () => {
  const scrapes = new Map<string, number>();
  server = createServer((request, response) => {
    const name = request.url ?? '';
    scrapes.set(name, (scrapes.get(name) ?? 0) + 1);
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end('a 1\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const jobs = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ({
      jobName: `job${from + i}`,
      metricsPath: `/${from + i}`,
      scrapeIntervalMs: 100,
      scrapeTimeoutMs: 100,
      staticConfigs: [{ targets: [`127.0.0.1:${port}`] }],
    }));
  const agentOptions = { agent: { threads: 2 }, defaultMetrics: false };
  await using agent = await createAgent({ ...agentOptions, scrapeConfigs: jobs(0, 10) });
  await agent.start();
  const threads = async () => {
    let text = '';
    for await (const chunk of (await agent.metrics()).body) text += Buffer.from(chunk).toString();
    const bytes = [...text.matchAll(/^prom_agent_thread_memory_bytes\{thread="\d"\} (\d+)/gm)];
    return bytes.filter(([, used]) => Number(used) > 0).length;
  };
  await until(() => scrapes.size === 10);
  await until(async () => (await threads()) === 1);

  // 60 targets ten times a second bear 300,000, as load is counted: more than one thread's share.
  await agent.reload({ ...agentOptions, scrapeConfigs: jobs(0, 60) });
  await until(() => scrapes.size === 60);
  await until(async () => (await threads()) === 2);
  const before = new Map(scrapes);
  await until(() => [...before].every(([name, count]) => scrapes.get(name)! > count + 2));
  // On a loaded machine one of the 600 scrapes a second takes too long now and then.
  await until(() => agent.targets().every(({ status }) => status.health === 'up'));
});
