import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createAgent } from '@prom-agent/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { requireServer } from '../servers/require-server.js';
import { delivered } from './kafka-scene.js';

const timeoutMs = 120_000;

describe.skipIf(requireServer('kafka-4.1'))('an agent that writes to Kafka', () => {
  let kafka: KafkaServer;
  let exporter: string;
  let value = 0;
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(`# TYPE jobs_total counter\njobs_total ${++value}\n`);
  });

  beforeAll(async () => {
    kafka = await startKafka({ sessionTimeoutMs: 3_000 });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    exporter = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }, timeoutMs);
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await kafka?.stop();
  });

  const options = (topic: string, format: 'jsonl' | 'remote_write', path?: string) => ({
    global: { scrapeIntervalMs: 500, scrapeTimeoutMs: 500, externalLabels: { dc: 'x' } },
    scrapeConfigs: [{ jobName: 'web', staticConfigs: [{ targets: [exporter] }] }],
    kafkaWrite: [
      {
        brokers: [kafka.address],
        topic,
        format,
        compression: 'lz4' as const,
        minBackoffMs: 50,
        maxBackoffMs: 200,
        requestTimeoutMs: 3000,
      },
    ],
    agent: { threads: 1, self: { enabled: false }, ...(path && { queue: { path } }) },
  });

  test(
    'a scrape is a message: labels of the target in the headers, external labels in the lines',
    async () => {
      await kafka.createTopic({ topic: 'lines-web' });
      const agent = await createAgent(options('lines-{{job}}', 'jsonl'));
      await agent.start();
      await delay(2_000);
      await agent.close();
      const records = await kafka.read('lines-web');
      expect(records.length).toBeGreaterThanOrEqual(2);
      const { headers, value: lines } = records[0]!;
      expect(headers).toMatchObject({ format: 'jsonl', job: 'web', instance: exporter });
      const [first, ...others] = String(lines)
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const labels = { dc: 'x', instance: exporter, job: 'web' };
      expect(first).toMatchObject({ name: 'jobs_total', labels, type: 'counter' });
      expect(others.map(({ name }) => name)).toContain('up');
    },
    timeoutMs,
  );

  test(
    'what a queue on the disk holds when the agent ends while Kafka is down is sent by the next agent',
    async () => {
      await kafka.createTopic({ topic: 'durable', partitions: 2 });
      const path = await mkdtemp(join(tmpdir(), 'prom-agent-kafka-queue-'));
      const first = await createAgent(options('durable', 'remote_write', path));
      await first.start();
      await delay(1_500);
      await kafka.kill();
      await delay(2_000);
      await first.close({ deadlineMs: 500 });
      const scraped = value;
      await kafka.start();
      const second = await createAgent(options('durable', 'remote_write', path));
      await second.start();
      await delay(3_000);
      await second.close();
      await rm(path, { recursive: true });
      const { times, outOfOrder } = await delivered(kafka, 'durable');
      const [ofTarget = []] = times.values();
      expect(outOfOrder).toBe(0);
      expect(ofTarget.length).toBeGreaterThanOrEqual(scraped);
      expect(ofTarget).toEqual([...ofTarget].sort((a, b) => a - b));
    },
    timeoutMs,
  );
});
