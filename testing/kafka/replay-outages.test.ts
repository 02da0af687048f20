import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WriteReceiver } from '../../packages/core/src/outputs/remote-write/write-receiver.contract.js';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { requireServer } from '../servers/require-server.js';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { Wire } from '../servers/wire.js';
import { KafkaScene } from './kafka-scene.js';
import { type DuringReplay, runReplay } from './replay-scene.js';

const timeoutMs = 120_000;

describe.skipIf(requireServer('kafka-4.1'))('a replay that something happens to', () => {
  let kafka: KafkaServer;
  let wire: Wire;
  let folder: TempFolder;
  let receiver: WriteReceiver;

  beforeAll(async () => {
    folder = await tempFolder('replay-outages');
    receiver = await WriteReceiver.listen();
    kafka = await startKafka({
      advertised: async (address) => {
        wire = await Wire.to(address);
        return wire.address;
      },
    });
    await writeFile(join(folder.path, 'kafka.yml'), 'request_timeout: 3s\nconnect_timeout: 2s\n');
    await writeFile(
      join(folder.path, 'http.yml'),
      'remote_timeout: 1s\nqueue_config: {min_backoff: 50ms, max_backoff: 500ms}\n',
    );
  }, timeoutMs);
  beforeEach(() => {
    receiver.requests.length = 0;
    receiver.answer = () => ({ status: 204 });
  });
  afterAll(async () => {
    await Promise.all([kafka?.stop(), receiver?.close(), folder?.remove()]);
    wire?.cut();
  });

  async function written(topic: string, ticks: number, targets: number) {
    await kafka.createTopic({ topic, partitions: 4 });
    const scene = new KafkaScene({ topic, brokers: [kafka.address] });
    for (let i = 0; i < ticks; i++) scene.tick(targets, 20, topic);
    await scene.settled();
    return scene;
  }

  const replaying = (topic: string, flags: readonly string[], during?: DuringReplay) =>
    runReplay(
      [
        ...['--from', `kafka://${kafka.address}/${topic}?group=${topic}`, '--to', receiver.url],
        ...['--kafka.config.file', join(folder.path, 'kafka.yml')],
        ...['--http.config.file', join(folder.path, 'http.yml'), '--json', ...flags],
      ],
      during,
    );

  /** Times of each target as the receiver has taken them; what came again at once counts as one. */
  function taken(): Map<string, number[]> {
    const times = new Map<string, number[]>();
    for (const { labels, timestampMs } of receiver.samples) {
      const of = new Map(labels);
      if (of.get('index') !== '0') continue;
      const target = of.get('instance') ?? '';
      const known = times.get(target) ?? [];
      times.set(target, known);
      if (known.at(-1) !== Number(timestampMs)) known.push(Number(timestampMs));
    }
    return times;
  }

  const someTaken = async (requests = 5): Promise<void> => {
    while (receiver.requests.length < requests) await delay(20);
  };

  test.each([
    [
      'the broker is killed and comes back',
      async () => {
        await kafka.kill();
        await delay(2_000);
        await kafka.start();
      },
    ],
    [
      'the broker is shut down and comes back after longer than a session',
      async () => {
        await kafka.shutDown();
        await delay(12_000);
        await kafka.start();
      },
    ],
    [
      'the broker is frozen for longer than a request may take',
      async () => {
        kafka.freeze();
        await delay(8_000);
        kafka.thaw();
      },
    ],
    [
      'the network is cut',
      async () => {
        wire.cut();
        await delay(3_000);
        await wire.join();
      },
    ],
    [
      'the network falls silent for longer than a session',
      async () => {
        wire.silence();
        await delay(14_000);
        wire.mend();
        wire.reset();
      },
    ],
  ])(
    '%s: all of it arrives, in order',
    async (name, happens) => {
      const topic = name.replace(/\W+/g, '-');
      const scene = await written(topic, 60, 8);
      const run = await replaying(topic, ['--rate', '1500'], async () => {
        await someTaken();
        await happens();
      });
      expect(run).toMatchObject({ code: 0, status: { messagesLeft: 0 } });
      // The log tells of an outage, and not each time it is tried again.
      expect(run.stderr.match(/Kafka fails/g)?.length ?? 0).toBeLessThan(8);
      expect(taken()).toEqual(scene.given);
    },
    timeoutMs,
  );

  test.each([
    ['answers 503 for a while', { status: 503 }],
    ['does not answer for a while', 'hang'],
    ['hangs up for a while', 'reset'],
  ] as const)(
    'a receiver that %s gets all of it, in order',
    async (name, answer) => {
      const topic = name.replace(/\W+/g, '-');
      const scene = await written(topic, 20, 8);
      let failing = 12;
      receiver.answer = (request, n) => {
        if (n < 5 || failing-- <= 0) return { status: 204 };
        receiver.requests.splice(receiver.requests.indexOf(request), 1);
        return answer;
      };
      const run = await replaying(topic, []);
      expect(run).toMatchObject({ code: 0, status: { samplesSent: 3_200, samplesRejected: 0 } });
      expect(run.status?.retries).toBeGreaterThan(0);
      expect(run.stderr).toMatch(
        /the receiver fails: trying again[\s\S]*the receiver answers again/,
      );
      expect(taken()).toEqual(scene.given);
    },
    timeoutMs,
  );

  test(
    'a receiver that never answers does not hold up SIGTERM: the same command goes on later',
    async () => {
      const scene = await written('terminated', 5, 2);
      receiver.answer = () => 'hang';
      const config = join(folder.path, 'patient.yml');
      await writeFile(config, 'remote_timeout: 5m\n');
      const stopped = await replaying(
        'terminated',
        ['--http.config.file', config],
        async ({ kill }) => {
          await someTaken(1);
          kill('SIGTERM');
        },
      );
      expect(stopped).toMatchObject({ code: 1, status: { messages: 0, messagesLeft: 10 } });
      expect(stopped.stderr).toMatch(/10 messages left: the same command goes on from here/);
      receiver.requests.length = 0;
      receiver.answer = () => ({ status: 204 });
      expect(await replaying('terminated', [])).toMatchObject({ code: 0 });
      expect(taken()).toEqual(scene.given);
    },
    timeoutMs,
  );

  test(
    'a topic that is deleted ends the replay, with words',
    async () => {
      await written('deleted', 60, 8);
      const run = await replaying('deleted', ['--rate', '1000'], async () => {
        await someTaken();
        await kafka.admin.deleteTopics({ topics: ['deleted'] });
      });
      expect(run.code).toBe(1);
      expect(run.stderr).toMatch(/does not host this topic/);
    },
    timeoutMs,
  );

  test(
    'one that follows the topic takes what comes, until SIGTERM',
    async () => {
      const scene = await written('followed', 5, 4);
      const run = await replaying('followed', ['--follow'], async ({ kill }) => {
        await someTaken(1);
        for (let i = 0; i < 20; i++) {
          scene.tick(4, 20, 'followed');
          await scene.settled();
        }
        // Each target is in a partition of its own, and these are read side by side.
        const isWhole = () => [...taken().values()].every(({ length }) => length === 25);
        while (!isWhole()) await delay(20);
        kill('SIGTERM');
      });
      expect(run).toMatchObject({ code: 0, status: { samplesSent: 2_000, messagesLeft: 0 } });
      expect(taken()).toEqual(scene.given);
    },
    timeoutMs,
  );
});
