import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { requireServer } from '../servers/require-server.js';
import { canMount, type SmallDisk, smallDisk } from '../servers/small-disk.js';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { KafkaScene, through } from './kafka-scene.js';

const timeoutMs = 180_000;

describe
  .skipIf(requireServer('kafka-4.1', 'kafka-3.9') || !canMount())
  .each(['4.1', '3.9'] as const)(
  'one of the disks of Kafka %s is full (wants root for a small one)',
  (version) => {
    let kafka: KafkaServer;
    let small: SmallDisk;
    let other: TempFolder;

    beforeAll(async () => {
      small = smallDisk('24m');
      other = await tempFolder('kafka-disk');
      kafka = await startKafka({
        version,
        properties: {
          'log.dirs': `${join(other.path, 'data')},${join(small.path, 'data')}`,
          'log.index.size.max.bytes': '65536',
        },
      });
    }, timeoutMs);
    afterAll(async () => {
      await kafka?.stop();
      small?.remove();
      await other?.remove();
    });

    test(
      'the partitions on it wait until it has room, the others go on',
      async () => {
        await kafka.createTopic({ topic: 'full', partitions: 4 });
        const scene = new KafkaScene({ topic: 'full', brokers: [kafka.address] });
        await through(kafka, scene, 'full', async () => {
          await small.fill(200_000);
          await scene.said(/kafka_write fails/);
          // What has its place on the other disk is still acknowledged.
          const { samplesSent } = scene.output.status();
          while (scene.output.status().samplesSent < samplesSent + 5_000) await delay(50);
          expect(scene.output.status().queueSamples).toBeGreaterThan(0);
          await small.makeRoom();
          // A broker looks at a disk that failed no more until it starts again.
          await kafka.shutDown();
          await kafka.start();
        });
      },
      timeoutMs,
    );
  },
);
