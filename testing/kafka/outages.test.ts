import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { requireServer } from '../servers/require-server.js';
import { Wire } from '../servers/wire.js';
import { delivered, KafkaScene, through } from './kafka-scene.js';

const timeoutMs = 120_000;

describe.skipIf(requireServer('kafka-4.1', 'kafka-3.9')).each(['4.1', '3.9'] as const)(
  'Kafka %s',
  (version) => {
    let kafka: KafkaServer;
    let wire: Wire;

    beforeAll(async () => {
      kafka = await startKafka({
        version,
        users: { alice: 'secret' },
        advertised: async (address) => {
          wire = await Wire.to(address);
          return wire.address;
        },
      });
    }, timeoutMs);
    afterAll(async () => {
      await kafka?.stop();
      wire?.cut();
    });

    async function during(topic: string, happens: (scene: KafkaScene) => Promise<void>) {
      await kafka.createTopic({ topic, partitions: 4 });
      const scene = new KafkaScene({ topic, brokers: [kafka.address] });
      return through(kafka, scene, topic, happens);
    }

    test(
      'every message is one scrape of a target, with its key and headers',
      async () => {
        await kafka.createTopic({ topic: 'plain', partitions: 4 });
        const scene = new KafkaScene({ topic: 'plain', brokers: [kafka.address] });
        for (let i = 0; i < 5; i++) scene.tick(10, 507);
        await scene.settled();
        await scene.output.close(5_000);
        const { times, samples, repeats, records } = await delivered(kafka, 'plain');
        expect(times).toEqual(scene.given);
        expect([records.length, samples, repeats]).toEqual([50, 50 * 507, 0]);
        expect(records[0]?.headers).toEqual({
          format: 'remote_write',
          job: 'node',
          instance: expect.stringMatching(/^host-\d+:9100$/),
          target: records[0]?.key,
          epoch: '0',
          owner: 'test',
          lane: '0',
          replica: '0',
          seq: expect.stringMatching(/^\d{16}$/),
        });
        expect(scene.log.filter(({ level }) => level !== 'debug')).toEqual([]);
      },
      timeoutMs,
    );

    test(
      'the broker is shut down and comes back',
      () =>
        during('shut-down', async (scene) => {
          await kafka.shutDown();
          await scene.said(/kafka_write fails/);
          await kafka.start();
        }),
      timeoutMs,
    );

    test(
      'the broker is killed and comes back',
      () =>
        during('killed', async (scene) => {
          await kafka.kill();
          await scene.said(/kafka_write fails/);
          await kafka.start();
        }),
      timeoutMs,
    );

    test(
      'the broker is frozen for longer than a request may take: nothing is there twice',
      async () => {
        const { repeats } = await during('frozen', async (scene) => {
          kafka.freeze();
          await scene.said(/kafka_write fails.*within/);
          await delay(1_000);
          kafka.thaw();
        });
        expect(repeats).toBe(0);
      },
      timeoutMs,
    );

    test(
      'the network is cut, and falls silent: nothing is there twice',
      async () => {
        const { repeats } = await during('cut', async (scene) => {
          wire.cut();
          await scene.said(/kafka_write fails/);
          await wire.join();
          await delay(500);
          wire.reset();
          await delay(500);
          wire.silence();
          await delay(4_000);
          wire.mend();
          wire.reset();
        });
        expect(repeats).toBe(0);
      },
      timeoutMs,
    );

    test(
      'a topic that is missing is waited for; other topics are written meanwhile',
      async () => {
        await kafka.createTopic({ topic: 'of-node', partitions: 2 });
        const scene = new KafkaScene({ topic: 'of-{{job}}', brokers: [kafka.address] });
        scene.tick(5, 20, 'late');
        await scene.said(/cannot write to a topic.*topic of-late does not exist: create it/);
        scene.tick(5, 20, 'node');
        while (scene.output.status().samplesSent < 100) await delay(20);
        expect(scene.output.status().queueSamples).toBe(100);
        await kafka.createTopic({ topic: 'of-late', partitions: 2 });
        await scene.settled();
        await scene.said(/can write to the topic again/);
        await scene.output.close(5_000);
        expect((await delivered(kafka, 'of-late')).samples).toBe(100);
      },
      timeoutMs,
    );

    test(
      'a topic is deleted and made again: what was not acknowledged before is in the new one',
      async () => {
        await kafka.createTopic({ topic: 'again', partitions: 4 });
        const scene = new KafkaScene({ topic: 'again', brokers: [kafka.address] });
        scene.tick(10);
        await scene.settled();
        await kafka.deleteTopic('again');
        scene.tick(10);
        await scene.said(/again.*does not|does not.*again|fails/);
        await kafka.createTopic({ topic: 'again', partitions: 2 });
        scene.tick(10);
        await scene.settled();
        await scene.output.close(5_000);
        const { samples, outOfOrder } = await delivered(kafka, 'again');
        expect([samples, outOfOrder]).toEqual([2 * 10 * 20, 0]);
      },
      timeoutMs,
    );

    test(
      'wrong credentials: words that say so, and nothing is lost once they are right',
      async () => {
        await kafka.createTopic({ topic: 'secret' });
        const right = { mechanism: 'scram-sha-512', username: 'alice' } as const;
        const password = { text: 'wrong-one' };
        const sasl = { ...right, password };
        const scene = new KafkaScene({ topic: 'secret', brokers: [kafka.saslAddress], sasl });
        scene.tick(3);
        await scene.said(/kafka_write fails.*Authentication failed/i);
        expect(scene.words().join()).not.toContain('wrong-one');
        password.text = 'secret';
        await scene.settled();
        await scene.output.close(5_000);
        expect((await delivered(kafka, 'secret')).times).toEqual(scene.given);
      },
      timeoutMs,
    );

    test(
      'a scrape that is larger than a message may be is several',
      async () => {
        await kafka.createTopic({ topic: 'tiny', configs: { 'max.message.bytes': '6000' } });
        const scene = new KafkaScene({ topic: 'tiny', brokers: [kafka.address] });
        scene.tick(2, 9_000);
        scene.tick(2, 10);
        await scene.settled();
        await scene.output.close(5_000);
        const { samples, outOfOrder, records } = await delivered(kafka, 'tiny');
        expect([samples, outOfOrder]).toEqual([2 * 9_000 + 2 * 10, 0]);
        expect(records.length).toBeGreaterThan(20);
        expect(scene.output.status().samplesDropped.rejected).toBe(0);
      },
      timeoutMs,
    );

    test(
      'batches are as large as the topic takes, also where it takes less than it said',
      async () => {
        await kafka.createTopic({ topic: 'small', configs: { 'max.message.bytes': '20000' } });
        const scene = new KafkaScene({ topic: 'small', brokers: [kafka.address] });
        scene.tick(50, 100);
        await scene.settled();
        expect(scene.log.filter(({ level }) => level !== 'debug')).toEqual([]);
        await kafka.admin.alterConfigs({
          validateOnly: false,
          resources: [
            {
              type: 2,
              name: 'small',
              configEntries: [{ name: 'max.message.bytes', value: '5000' }],
            },
          ],
        });
        scene.tick(50, 100);
        await scene.settled();
        await scene.output.close(5_000);
        const { times, samples } = await delivered(kafka, 'small');
        expect(times).toEqual(scene.given);
        expect(samples).toBe(2 * 50 * 100);
      },
      timeoutMs,
    );
  },
);
