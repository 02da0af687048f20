import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installedEnv } from '../servers/installed-env.js';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { requireServer } from '../servers/require-server.js';
import { runCommand } from '../servers/run-command.js';
import { KafkaScene } from './kafka-scene.js';

const peer = fileURLToPath(new URL('KafkaPeer.java', import.meta.url));
const timeoutMs = 120_000;

describe.skipIf(requireServer('kafka-4.1', 'javac'))('clients in Java', () => {
  let kafka: KafkaServer;
  let scene: KafkaScene;

  beforeAll(async () => {
    kafka = await startKafka();
    await kafka.createTopic({ topic: 'of-java', partitions: 12 });
    scene = new KafkaScene({ topic: 'of-java', brokers: [kafka.address], compression: 'lz4' });
    for (let i = 0; i < 3; i++) scene.tick(40, 60);
    await scene.settled();
    await scene.output.close(5_000);
  }, timeoutMs);
  afterAll(() => kafka?.stop());

  async function java(what: string, stdin = ''): Promise<string[]> {
    const { JAVA = 'java', KAFKA_4_1_LIBS: libs } = installedEnv();
    const args = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', `${libs}/*`, peer, what];
    const { code, stdout, stderr } = await runCommand(JAVA, [...args, kafka.address, 'of-java'], {
      stdin,
      timeoutMs: 60_000,
    });
    expect(code, stderr).toBe(0);
    return stdout.trim().split('\n');
  }

  test(
    'read every message, its checksums and headers, and undo its snappy',
    async () => {
      const lines = await java('consume');
      expect(lines).toHaveLength(3 * 40);
      for (const line of lines) {
        expect(line).toMatch(
          /^\d+ (\w{16}) 60 format=remote_write,job=node,instance=[\w:.-]+,target=\1,epoch=0,owner=test,lane=0,replica=0,seq=\d{16}$/,
        );
      }
    },
    timeoutMs,
  );

  test(
    'put a key into the partition where ours stands',
    async () => {
      const ours = new Map<string, number>();
      for (const { key, partition } of await kafka.read('of-java')) ours.set(key, partition);
      const lines = await java('produce', [...ours.keys()].map((key) => `${key}\n`).join(''));
      expect(lines).toEqual([...ours].map(([key, partition]) => `${key} ${partition}`));
    },
    timeoutMs,
  );
});
