import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { requireServer } from '../servers/require-server.js';
import { KafkaScene, through } from './kafka-scene.js';

const timeoutMs = 180_000;

describe.skipIf(requireServer('kafka-4.1', 'kafka-3.9')).each(['4.1', '3.9'] as const)(
  'two brokers of Kafka %s',
  (version) => {
    let first: KafkaServer;
    let second: KafkaServer;

    beforeAll(async () => {
      first = await startKafka({ version, sessionTimeoutMs: 3_000 });
      second = await startKafka({ version, sessionTimeoutMs: 3_000, joins: first });
    }, timeoutMs);
    afterAll(async () => {
      await second?.stop();
      await first?.stop();
    });

    const sceneOf = (topic: string): KafkaScene =>
      new KafkaScene({ topic, brokers: [first.address, second.address] });

    /** Of each partition; empty when the broker that is asked is just gone. */
    async function leadersOf(topic: string): Promise<number[]> {
      const { topics } = await first.admin
        .fetchTopicMetadata({ topics: [topic] })
        .catch(() => ({ topics: [] }));
      return topics[0]?.partitions.map(({ leader }) => leader) ?? [];
    }

    async function leads(topic: string, leader: number): Promise<void> {
      for (;;) {
        const leaders = await leadersOf(topic);
        if (leaders.length > 0 && leaders.every((one) => one === leader)) return;
        await delay(50);
      }
    }

    test(
      'the leader of partitions moves to the other broker: nothing is there twice',
      async () => {
        const topic = 'moved';
        await first.createTopic({ topic, partitions: 4, replicas: 2 });
        const { repeats } = await through(first, sceneOf(topic), topic, async () => {
          for (const to of [2, 1]) {
            // Who may not keep a replica may not lead.
            await first.admin.alterPartitionReassignments({
              topics: [
                {
                  topic,
                  partitionAssignment: [0, 1, 2, 3].map((partition) => ({
                    partition,
                    replicas: [to],
                  })),
                },
              ],
            });
            await leads(topic, to);
            await delay(500);
          }
        });
        expect(repeats).toBe(0);
      },
      timeoutMs,
    );

    test(
      'the leader is killed, and the other broker goes on alone until it is back',
      async () => {
        const topic = 'bereaved';
        await first.createTopic({ topic, partitions: 4, replicas: 2 });
        expect(new Set(await leadersOf(topic))).toEqual(new Set([1, 2]));
        const { repeats } = await through(first, sceneOf(topic), topic, async (scene) => {
          await second.kill();
          await leads(topic, 1);
          // By way of the one that is left.
          const { samplesAppended } = scene.output.status();
          while (scene.output.status().samplesSent < samplesAppended) await delay(50);
          await second.start();
          await delay(1_000);
        });
        expect(repeats).toBe(0);
      },
      timeoutMs,
    );

    test(
      'the leader is frozen: its partitions wait or move, the others go on',
      async () => {
        const topic = 'stunned';
        await first.createTopic({ topic, partitions: 4, replicas: 1 });
        const { repeats } = await through(first, sceneOf(topic), topic, async (scene) => {
          second.freeze();
          const { samplesSent } = scene.output.status();
          // What the first broker leads goes on.
          while (scene.output.status().samplesSent < samplesSent + 2_000) await delay(50);
          await scene.said(/kafka_write fails/);
          second.thaw();
        });
        expect(repeats).toBe(0);
      },
      timeoutMs,
    );
  },
);
