import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasZstd } from '../../packages/core/src/outputs/kafka/compression/codecs.js';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { requireServer } from '../servers/require-server.js';
import { runCommand } from '../servers/run-command.js';
import { delivered, KafkaScene } from './kafka-scene.js';

const compressions = [
  'none',
  'gzip',
  'snappy',
  'lz4',
  ...(hasZstd ? (['zstd'] as const) : []),
] as const;

describe.skipIf(requireServer('kafka-4.1', 'kcat'))('compressed batches', () => {
  let kafka: KafkaServer;
  beforeAll(async () => {
    kafka = await startKafka();
  }, 90_000);
  afterAll(() => kafka?.stop());

  test.each(compressions)(
    '%s is taken by the broker and read by librdkafka',
    async (compression) => {
      const topic = `with-${compression}`;
      await kafka.createTopic({ topic, partitions: 3 });
      const scene = new KafkaScene({ topic, compression, brokers: [kafka.address] });
      for (let i = 0; i < 3; i++) scene.tick(20, 300);
      await scene.settled();
      await scene.output.close(5_000);
      const { times, records } = await delivered(kafka, topic);
      expect(times).toEqual(scene.given);
      const { stdout } = await runCommand('kcat', [
        ...['-b', kafka.address, '-C', '-t', topic, '-e', '-q', '-o', 'beginning'],
        ...['-f', '%p %k %S\n'],
      ]);
      const found = records.map(
        ({ partition, key, value }) => `${partition} ${key} ${value.length}`,
      );
      expect(stdout.trim().split('\n').sort()).toEqual(found.sort());
    },
  );
});
