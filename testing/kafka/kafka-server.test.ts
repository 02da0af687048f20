import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { requireServer } from '../servers/require-server.js';

describe.skipIf(requireServer('kafka-4.1')).each(['4.1', '3.9'] as const)('Kafka %s', (version) => {
  let kafka: KafkaServer;
  beforeAll(async () => {
    kafka = await startKafka({ version, users: { alice: 'secret' }, sessionTimeoutMs: 3_000 });
  }, 90_000);
  afterAll(() => kafka?.stop());

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'takes a user by %s',
    async (mechanism) => {
      const client = new Kafka({
        brokers: [kafka.saslAddress],
        logLevel: logLevel.NOTHING,
        retry: { retries: 0 },
        sasl: { mechanism: mechanism as 'plain', username: 'alice', password: 'secret' },
      });
      const admin = client.admin();
      await admin.connect();
      expect((await admin.describeCluster()).brokers).toHaveLength(1);
      await admin.disconnect();
    },
  );

  test('gives back what was written, after a crash too', async () => {
    await kafka.createTopic({ topic: 't', partitions: 2 });
    const producer = new Kafka({ brokers: [kafka.address], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    await producer.send({ topic: 't', messages: [{ key: 'k', value: 'v', headers: { h: '1' } }] });
    await producer.disconnect();
    await kafka.kill();
    await kafka.start();
    expect(await kafka.read('t')).toMatchObject([{ key: 'k', headers: { h: '1' } }]);
  }, 90_000);
});
