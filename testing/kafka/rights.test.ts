import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
} from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { requireServer } from '../servers/require-server.js';
import { delivered, KafkaScene } from './kafka-scene.js';

const timeoutMs = 90_000;

describe.skipIf(requireServer('kafka-4.1'))('a broker that asks who writes', () => {
  let kafka: KafkaServer;
  const alice = { mechanism: 'scram-sha-256', username: 'alice' } as const;

  beforeAll(async () => {
    kafka = await startKafka({
      users: { alice: 'secret' },
      properties: {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS',
      },
    });
  }, timeoutMs);
  afterAll(() => kafka?.stop());

  const allow = (topic: string, ...operations: AclOperationTypes[]) =>
    kafka.admin.createAcls({
      acl: operations.map((operation) => ({
        resourceType: AclResourceTypes.TOPIC,
        resourceName: topic,
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal: 'User:alice',
        host: '*',
        operation,
        permissionType: AclPermissionTypes.ALLOW,
      })),
    });

  test(
    'a user without rights on the topic: words that say which, until it has them',
    async () => {
      await kafka.createTopic({ topic: 'guarded' });
      const sasl = { ...alice, password: { text: 'secret' } };
      const scene = new KafkaScene({ topic: 'guarded', brokers: [kafka.saslAddress], sasl });
      scene.tick(3);
      await scene.said(/cannot write to a topic.*no rights on topic guarded.*DESCRIBE and WRITE/);
      await allow('guarded', AclOperationTypes.DESCRIBE);
      await scene.said(/kafka_write fails.*guarded\/0.*[Nn]ot authorized/);
      expect(scene.output.status()).toMatchObject({ samplesSent: 0, queueSamples: 60 });
      await allow('guarded', AclOperationTypes.WRITE);
      await scene.settled();
      await scene.output.close(5_000);
      expect((await delivered(kafka, 'guarded')).times).toEqual(scene.given);
    },
    timeoutMs,
  );

  test(
    'a password that changes in its file is taken for the next connection',
    async () => {
      await kafka.createTopic({ topic: 'rotated' });
      await allow('rotated', AclOperationTypes.DESCRIBE, AclOperationTypes.WRITE);
      const folder = await mkdtemp(join(tmpdir(), 'prom-agent-kafka-'));
      const file = join(folder, 'password');
      await writeFile(file, 'of yesterday');
      const sasl = { ...alice, password: { file } };
      const scene = new KafkaScene({ topic: 'rotated', brokers: [kafka.saslAddress], sasl });
      scene.tick(3);
      await scene.said(/kafka_write fails.*[Aa]uthentication failed/);
      expect(scene.words().join()).not.toContain('of yesterday');
      await writeFile(file, 'secret\n');
      await scene.settled();
      await scene.output.close(5_000);
      await rm(folder, { recursive: true });
      expect((await delivered(kafka, 'rotated')).times).toEqual(scene.given);
    },
    timeoutMs,
  );
});
