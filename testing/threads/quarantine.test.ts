import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAgent } from '@prom-agent/core';
import { afterEach, expect, test } from 'vitest';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function exporter(body: () => string) {
  const scrapesMs: number[] = [];
  const server = createServer((_request, response) => {
    scrapesMs.push(performance.now());
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(body());
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, scrapesMs };
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('a target that kills its thread twice is in quarantine; the others go on', async () => {
  let body = 'a 1\n';
  const killer = await exporter(() => body);
  const beside = await exporter(() => 'b 1\n');
  const elsewhere = await exporter(() => 'c 1\n');
  const logged: string[] = [];
  const log = (fields: object, message: string) =>
    logged.push(`${message} ${JSON.stringify(fields)}`);
  await using agent = await createAgent({
    agent: { threads: 2 },
    defaultMetrics: false,
    threadFile: new URL('./fatal-body-thread.mjs', import.meta.url),
    logger: { debug: log, info: log, warn: log, error: log },
    scrapeConfigs: [
      {
        jobName: 'test',
        scrapeIntervalMs: 500,
        scrapeTimeoutMs: 500,
        staticConfigs: [{ targets: [killer.address, elsewhere.address, beside.address] }],
      },
    ],
  });
  await agent.start();
  const statusOf = ({ address }: { address: string }) =>
    agent.targets().find(({ target }) => target.url.includes(address))!.status;
  await until(() => [killer, beside, elsewhere].every((one) => statusOf(one).health === 'up'));
  body = '# kill the reader\n';
  await until(() => statusOf(killer).lastReason === 'quarantined');

  expect(statusOf(killer)).toMatchObject({ health: 'down' });
  expect(statusOf(killer).lastError).toMatch(/^2 scrape threads died .*restart/);
  expect(logged.some((line) => line.includes('it is in quarantine'))).toBe(true);
  const fatal = killer.scrapesMs.length;
  const before = beside.scrapesMs.length;
  await until(() => beside.scrapesMs.length > before + 2);
  expect(killer.scrapesMs).toHaveLength(fatal);
  let text = '';
  for await (const chunk of (await agent.metrics()).body) text += Buffer.from(chunk).toString();
  expect(text).toMatch(/^prom_agent_quarantined_targets 1$/m);
  expect(text).toMatch(/^prom_agent_thread_restarts_total 2$/m);
});
