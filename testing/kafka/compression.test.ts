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

  test('kcat with its murmur2 partitioner puts a key where ours stands', async () => {
    await kafka.createTopic({ topic: 'keys', partitions: 7 });
    const scene = new KafkaScene({ topic: 'keys', brokers: [kafka.address] });
    scene.tick(50);
    await scene.settled();
    await scene.output.close(5_000);
    const keys = [...scene.given.keys()];
    const { code, stderr } = await runCommand(
      'kcat',
      [
        ...['-b', kafka.address, '-P', '-t', 'keys', '-K', ':'],
        ...['-X', 'topic.partitioner=murmur2'],
      ],
      { stdin: keys.map((key) => `${key}:kcat\n`).join('') },
    );
    expect(code, stderr).toBe(0);
    const records = await kafka.read('keys');
    const partitions = (isKcat: boolean) =>
      Object.fromEntries(
        records
          .filter(({ value }) => (String(value) === 'kcat') === isKcat)
          .map(({ key, partition }) => [key, partition]),
      );
    expect(partitions(true)).toEqual(partitions(false));
    expect(Object.keys(partitions(false))).toHaveLength(50);
  });
});
