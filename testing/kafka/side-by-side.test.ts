import { setTimeout as delay } from 'node:timers/promises';
import { createAgent } from '@prom-agent/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveBody } from '../exporters/serve-body.js';
import { type FakeExporter, startExporter } from '../exporters/start-exporter.js';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';

const timeoutMs = 180_000;

describe.skipIf(requireServer('kafka-4.1', 'prometheus'))('outputs side by side', () => {
  let whole: KafkaServer;
  let dying: KafkaServer;
  let prometheus: PrometheusServer;
  let exporter: FakeExporter;
  let scrapes = 0;

  beforeAll(async () => {
    [whole, dying, prometheus, exporter] = await Promise.all([
      startKafka(),
      startKafka({ sessionTimeoutMs: 3_000 }),
      startPrometheus({ remoteWriteReceiver: true }),
      startExporter(
        serveBody((scrape) => {
          scrapes = scrape + 1;
          return { body: `kept ${scrape}\nleft_out ${scrape}\n` };
        }),
      ),
    ]);
    await whole.createTopic({ topic: 'of-node-east' });
    await dying.createTopic({ topic: 'all' });
  }, timeoutMs);
  afterAll(async () => {
    await Promise.all([whole?.stop(), dying?.stop(), prometheus?.stop(), exporter?.stop()]);
  });

  interface Line {
    readonly name: string;
    readonly value: number;
    readonly labels: Readonly<Record<string, string>>;
  }

  /** All lines of a topic of one partition, repeats left out. */
  async function linesOf(kafka: KafkaServer, topic: string): Promise<Line[]> {
    const records = await kafka.read(topic);
    const bySeq = new Map(records.map(({ headers, value }) => [headers['seq'], String(value)]));
    return [...bySeq.values()].flatMap((value) =>
      value
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line),
    );
  }

  /** Without markers, of which the value is a word. */
  const valuesOf = (name: string, lines: readonly Line[]): number[] =>
    lines
      .filter((line) => line.name === name)
      .map(({ value }) => value)
      .filter((value) => value >= 0);

  test(
    'each with rules, queue and pace of its own: one broker is dead, the others never wait',
    async () => {
      const pace = { minBackoffMs: 50, maxBackoffMs: 500, connectTimeoutMs: 2_000 };
      const kafkaWrite = (name: string, kafka: KafkaServer, topic: string, drop: string) => ({
        ...{ name, topic, brokers: [kafka.address], format: 'jsonl' as const, ...pace },
        writeRelabelConfigs: [
          { sourceLabels: ['__name__'], regex: drop, action: 'drop' as const },
          { targetLabel: 'via', replacement: name },
        ],
      });
      const options = {
        global: {
          scrapeIntervalMs: 200,
          scrapeTimeoutMs: 200,
          externalLabels: { region: 'east' },
        },
        scrapeConfigs: [
          {
            jobName: 'node',
            staticConfigs: [{ targets: [exporter.address], labels: { zone: 'east' } }],
          },
        ],
        remoteWrite: [{ url: prometheus.remoteWriteUrl }],
        agent: { threads: 1, self: { enabled: false } },
      };
      const agent = await createAgent(options);
      await agent.start();
      // kafka_write comes with a reload: until then the scrape thread has none of its code.
      await agent.reload({
        ...options,
        kafkaWrite: [
          kafkaWrite('whole', whole, 'of-{{job}}-{{zone}}', 'left_out|scrape_.*'),
          kafkaWrite('dying', dying, 'all', 'kept|scrape_.*'),
        ],
      });
      const statusOf = (name: string) => agent.outputs().find((output) => output.name === name);
      const until = async (isThere: () => boolean) => {
        while (!isThere()) await delay(50);
      };
      await until(() => (statusOf('dying')?.samplesSent ?? 0) > 0);
      await dying.kill();
      await until(() => (statusOf('dying')?.lastError ?? '') !== '');
      const from = scrapes;
      await until(() => scrapes > from + 20);
      const during = statusOf('whole');
      // What it has waiting is no more than what came since it sent last.
      expect(during?.lastError).toBe('');
      expect(during?.samplesRetried).toBe(0);
      expect(during?.samplesSent).toBeGreaterThanOrEqual(10);
      expect(statusOf('dying')?.queueSamples).toBeGreaterThanOrEqual(20);
      expect(statusOf(prometheus.remoteWriteUrl)?.samplesRetried).toBe(0);
      await dying.start();
      await until(() => statusOf('dying')?.queueSamples === 0);
      await agent.close();

      const ofWhole = await linesOf(whole, 'of-node-east');
      const kept = valuesOf('kept', ofWhole);
      expect(kept.length).toBeGreaterThan(20);
      const labels = { region: 'east', zone: 'east', job: 'node', instance: exporter.address };
      // The first scrape may have taken too long.
      const first = ofWhole.find(({ name }) => name === 'kept');
      expect(first).toMatchObject({ labels: { ...labels, via: 'whole' } });
      expect(new Set(ofWhole.map(({ name }) => name))).toEqual(new Set(['kept', 'up']));

      const ofDying = await linesOf(dying, 'all');
      expect(valuesOf('left_out', ofDying)).toEqual(kept);
      expect(ofDying[0]).toMatchObject({ labels: { ...labels, via: 'dying' } });
      expect(ofDying.some(({ name }) => name === 'kept')).toBe(false);

      // There was no rule, and it was there before the others.
      const [stored] = await prometheus.find('left_out{region="east",via=""}[5m]');
      const values = stored?.samples.map(({ value }) => value) ?? [];
      expect(values.slice(values.indexOf(kept[0]!)).filter((value) => value >= 0)).toEqual(kept);
    },
    timeoutMs,
  );
});
