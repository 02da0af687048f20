import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Agent, createAgent, NativeHistogram, type RegistryLike } from '@prom-agent/core';
import { Gauge, Histogram, type OpenMetricsContentType, Registry } from 'prom-client';
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

/** What the histograms of a service look like in a receiver. */
async function deliverHistograms(
  receiver: PrometheusServer,
  version: 1 | 2,
  job: string,
): Promise<Agent> {
  // prom-client takes exemplars in such a registry alone.
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const like = registry as unknown as RegistryLike;
  const common = { help: 'h', bucketFactor: 2, registers: [like], buckets: [1] };
  const native = new NativeHistogram({ ...common, name: 'wait_seconds' });
  for (const seconds of [0.375, 0.5, 3]) native.observe(seconds);
  const classic = new Histogram({
    name: 'took_seconds',
    help: 'h',
    buckets: [0.1, 1],
    enableExemplars: true,
    labelNames: ['kind'],
    registers: [registry],
  });
  classic.observe({
    labels: { kind: 'a' },
    value: 0.5,
    exemplarLabels: { trace_id: 'abc' } as object,
  });
  const agent = await createAgent({
    registry: like,
    global: { scrapeIntervalMs: 500, scrapeTimeoutMs: 500 },
    agent: { threads: 1, self: { job, instance: 'i', scrapeNativeHistograms: true } },
    remoteWrite: [
      {
        url: receiver.remoteWriteUrl,
        sendNativeHistograms: true,
        sendExemplars: true,
        ...(version === 2 && { protobufMessage: 'io.prometheus.write.v2.Request' as const }),
        queueConfig: { batchSendDeadlineMs: 100 },
      },
    ],
  });
  await agent.start();
  return agent;
}

describe.skipIf(requireServer('prometheus'))("histograms of a service's own registry", () => {
  let receiver: PrometheusServer;

  beforeAll(async () => {
    receiver = await startPrometheus({
      remoteWriteReceiver: true,
      flags: ['--enable-feature=native-histograms,exemplar-storage'],
    });
  });

  afterAll(() => receiver?.stop());

  it.each([1, 2] as const)('arrive native, with their exemplars (%i.0)', async (version) => {
    const job = `version-${version}`;
    const agent = await deliverHistograms(receiver, version, job);
    try {
      const [native] = await receiver.find(`wait_seconds{job="${job}"}`);
      expect(native!.histogram).toEqual({
        count: '3',
        sum: '3.875',
        buckets: [
          [0, '0.25', '0.5', '2'],
          [0, '2', '4', '1'],
        ],
      });
      const classic = await receiver.find(`took_seconds_bucket{job="${job}",le="1.0"}`);
      expect(classic[0]!.samples[0]!.value).toBe(1);
      expect(await receiver.query(`wait_seconds_bucket{job="${job}"}`)).toEqual([]);
      const latency = `prom_agent_remote_storage_sent_batch_duration_seconds{job="${job}"}`;
      const [sent] = await receiver.find(`histogram_count(${latency}) > 0`);
      expect(sent).toBeDefined();
      expect(await exemplarsOf(receiver, `took_seconds_bucket{job="${job}"}`)).toEqual([
        { trace_id: 'abc' },
      ]);
    } finally {
      await agent.close();
    }
  });
});

async function exemplarsOf(receiver: PrometheusServer, query: string): Promise<unknown[]> {
  const form = new URLSearchParams({ query, start: '0', end: String(Date.now() / 1000 + 60) });
  const answer = await fetch(`${receiver.url}/api/v1/query_exemplars?${form}`);
  const { data } = (await answer.json()) as { data: { exemplars: { labels: object }[] }[] };
  return data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels));
}
