import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasZstd } from '../../packages/core/src/outputs/kafka/compression/codecs.js';
import { WriteReceiver } from '../../packages/core/src/outputs/remote-write/write-receiver.contract.js';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { requireServer } from '../servers/require-server.js';
import { KafkaScene } from './kafka-scene.js';
import { runReplay } from './replay-scene.js';

const timeoutMs = 90_000;

describe.skipIf(requireServer('kafka-4.1'))('a topic that the broker itself compresses', () => {
  let kafka: KafkaServer;
  let receiver: WriteReceiver;

  beforeAll(async () => {
    [kafka, receiver] = await Promise.all([startKafka(), WriteReceiver.listen()]);
  }, timeoutMs);
  afterAll(async () => {
    await Promise.all([kafka?.stop(), receiver?.close()]);
  });

  async function replayed(compression: string) {
    const topic = `stored-${compression}`;
    await kafka.createTopic({ topic, configs: { 'compression.type': compression } });
    const scene = new KafkaScene({ topic, brokers: [kafka.address] });
    for (let i = 0; i < 3; i++) scene.tick(20, 300);
    await scene.settled();
    await scene.output.close(5_000);
    const from = `kafka://${kafka.address}/${topic}?group=${topic}`;
    return runReplay(['--from', from, '--to', receiver.url, '--json']);
  }

  test.each(['uncompressed', 'gzip', 'snappy', 'lz4', ...(hasZstd ? ['zstd'] : [])])(
    '%s is read',
    async (compression) => {
      const { code, stderr, status } = await replayed(compression);
      expect({ code, stderr, ...status }).toMatchObject({
        code: 0,
        messages: 60,
        samplesSent: 18_000,
      });
    },
    timeoutMs,
  );

  test.skipIf(hasZstd)(
    'zstd is refused where the runtime has none, in words that say which has',
    async () => {
      const { code, stderr, status } = await replayed('zstd');
      expect([code, status?.messages]).toEqual([1, 0]);
      expect(stderr).toMatch(
        /compressed with zstd: zstd needs Node 22\.15 or later, and this is v/,
      );
    },
    timeoutMs,
  );
});
