import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { KafkaScene } from './kafka-scene.js';
import { type DuringReplay, runReplay, samplesIn } from './replay-scene.js';

/** Each takes a start of the command; PROM_AGENT_REPLAY_KILLS=10 for a long run. */
const kills = Number(process.env['PROM_AGENT_REPLAY_KILLS'] ?? '4');

describe.skipIf(requireServer('kafka-4.1', 'prometheus'))('replays that are killed', () => {
  let kafka: KafkaServer;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    // Without a window for samples that are out of order.
    [kafka, prometheus] = await Promise.all([
      startKafka(),
      startPrometheus({ remoteWriteReceiver: true }),
    ]);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([kafka?.stop(), prometheus?.stop()]);
  });

  async function written(topic: string, ticks: number, targets: number): Promise<KafkaScene> {
    await kafka.createTopic({ topic, partitions: 4 });
    const scene = new KafkaScene({ topic, brokers: [kafka.address] });
    for (let i = 0; i < ticks; i++) scene.tick(targets, 20, topic);
    await scene.settled();
    await scene.output.close(5_000);
    return scene;
  }

  const replaying = (topic: string, rate: number, during?: DuringReplay) =>
    runReplay(
      [
        ...['--from', `kafka://${kafka.address}/${topic}?group=${topic}`, '--json'],
        ...['--to', prometheus.remoteWriteUrl, '--rate', String(rate)],
      ],
      during,
    );

  /** Requests that it has answered so. */
  async function answers(code: number): Promise<number> {
    const body = await (await fetch(`${prometheus.url}/metrics`)).text();
    const series = `prometheus_http_requests_total{code="${code}",handler="/api/v1/write"}`;
    const line = body.split('\n').find((one) => one.startsWith(series));
    return Number(line?.slice(series.length) ?? 0);
  }

  /** Kills it in the midst of its work, at no moment in particular. */
  const killedSoon: DuringReplay = async ({ stderr, kill }) => {
    const before = await answers(204);
    while (!stderr().includes('reading') || (await answers(204)) < before + 3) await delay(10);
    await delay(Math.random() * 400);
    kill('SIGKILL');
  };

  test(`${kills} times in a row: all of it arrives, and nothing is refused`, async () => {
    const scene = await written('killed', 150, 40);
    for (let i = 0; i < kills; i++) {
      expect((await replaying('killed', 12_000, killedSoon)).code).toBe(null);
    }
    const last = await replaying('killed', 1e9);
    expect(last).toMatchObject({ code: 0, status: { samplesRejected: 0, messagesLeft: 0 } });
    // Not all was done before.
    expect(last.status?.messages).toBeGreaterThan(0);
    expect(await samplesIn(prometheus, 'killed')).toEqual(scene.given);
    expect(await answers(400)).toBe(0);
  }, 300_000);

  test('one of two of a group: the other takes its partitions over, and nothing is refused', async () => {
    const scene = await written('survived', 80, 40);
    const survivor = replaying('survived', 2_500);
    await prometheus.find('m{index="0",instance=~"survived.*"}[2h]');
    const refusedBefore = await answers(400);
    await replaying('survived', 2_500, killedSoon);
    expect(await survivor).toMatchObject({ code: 0, status: { samplesRejected: 0 } });
    expect(await samplesIn(prometheus, 'survived')).toEqual(scene.given);
    expect(await answers(400)).toBe(refusedBefore);
  }, 300_000);
});
