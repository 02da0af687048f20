import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Agent, createAgent, type RegistryLike } from '@prom-agent/core';
import { Gauge, Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';

/** A service with a registry and an agent, that lists itself among its targets. */
interface Service {
  readonly agent: Agent;
  readonly port: number;
  stop(): Promise<void>;
}

async function startService(
  remoteWrite: string,
  self: { enabled?: boolean; job?: string },
): Promise<Service> {
  const registry = new Registry();
  new Gauge({ name: 'answer', help: 'h', registers: [registry] }).set(42);
  const server: Server = createServer(async (_request, response) => {
    response.writeHead(200, { 'content-type': registry.contentType });
    response.end(await registry.metrics());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const agent = await createAgent({
    registry: registry as unknown as RegistryLike,
    global: { scrapeIntervalMs: 500, scrapeTimeoutMs: 500 },
    agent: { threads: 1, self },
    serviceName: 'the-service',
    scrapeConfigs: [{ jobName: 'discovered', staticConfigs: [{ targets: [`localhost:${port}`] }] }],
    remoteWrite: [{ url: remoteWrite, queueConfig: { batchSendDeadlineMs: 100 } }],
  });
  agent.setSelfAddress({ host: '127.0.0.1', port, path: '/metrics' });
  await agent.start();
  const stop = async (): Promise<void> => {
    await agent.close();
    server.closeAllConnections();
    server.close();
  };
  return { agent, port, stop };
}

describe.skipIf(requireServer('prometheus'))("a service's own registry", () => {
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    prometheus = await startPrometheus({ remoteWriteReceiver: true });
  });

  afterAll(() => prometheus?.stop());

  it('is a target with up, under the address of its service, once', async () => {
    const service = await startService(prometheus.remoteWriteUrl, {});
    const instance = `127.0.0.1:${service.port}`;
    try {
      const [answer] = await prometheus.find(`answer{instance="${instance}"}`);
      expect(answer).toMatchObject({ labels: { job: 'the-service', instance } });
      expect(answer!.samples[0]!.value).toBe(42);
      expect(
        await prometheus.find(`up{job="the-service",instance="${instance}"} == 1`),
      ).toHaveLength(1);
      expect(await prometheus.query('answer{job="discovered"}')).toEqual([]);
      expect(service.agent.targets().map(({ target }) => target.job)).toEqual(['the-service']);
    } finally {
      await service.stop();
    }
  });

  it('takes a job of its own', async () => {
    const service = await startService(prometheus.remoteWriteUrl, { job: 'renamed' });
    try {
      expect(await prometheus.find('answer{job="renamed"}')).toHaveLength(1);
    } finally {
      await service.stop();
    }
  });

  it('is no target when it is turned off, and is found by discovery then', async () => {
    const service = await startService(prometheus.remoteWriteUrl, { enabled: false });
    try {
      const [answer] = await prometheus.find(`answer{job="discovered"}`);
      expect(answer!.labels['instance']).toBe(`localhost:${service.port}`);
      expect(service.agent.targets()).toHaveLength(1);
    } finally {
      await service.stop();
    }
  });
});
