import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { uncompress } from '../../packages/core/src/outputs/wire/uncompress.js';
import { decodeVersion1 } from '../../packages/core/src/outputs/wire/write-messages.contract.js';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { requireServer } from '../servers/require-server.js';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { startWorker } from '../servers/worker.js';

const targets = 20;
const kills = 5;
const intervalMs = 500;
/** What is promised of a scrape: that it survives once it has ended so long before the kill. */
const promisedMs = 1_100;

/** Scrapes of every target, by the value that each served. */
interface Served {
  readonly target: number;
  readonly value: number;
  readonly startedMs: number;
  readonly endedMs: number;
}

describe.skipIf(requireServer('kafka-4.1'))('a worker with --storage.path that is killed', () => {
  let kafka: KafkaServer;
  let storage: TempFolder;
  const served: Served[] = [];
  let value = 0;
  const exporter = createServer((request, response) => {
    const target = Number(request.url?.slice(2));
    const startedMs = Date.now();
    const own = ++value;
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(`served{target="${target}"} ${own}\n`);
    response.on('finish', () =>
      served.push({ target, value: own, startedMs, endedMs: Date.now() }),
    );
  });

  beforeAll(async () => {
    kafka = await startKafka();
    await kafka.createTopic({ topic: 'killed', partitions: 4 });
    storage = await tempFolder('kafka-killed');
    await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
  }, 90_000);
  afterAll(async () => {
    exporter.closeAllConnections();
    exporter.close();
    await kafka?.stop();
    await storage?.remove();
  });

  function start() {
    const address = `127.0.0.1:${(exporter.address() as AddressInfo).port}`;
    const config = {
      global: { scrape_interval: `${intervalMs}ms`, scrape_timeout: `${intervalMs}ms` },
      scrape_configs: Array.from({ length: targets }, (_, i) => ({
        job_name: `j${i}`,
        metrics_path: `/t${i}`,
        static_configs: [{ targets: [address] }],
      })),
      kafka_write: [{ brokers: [kafka.address], topic: 'killed', max_backoff: '500ms' }],
      agent: { self: { enabled: false } },
    };
    return startWorker({ config, flags: [`--storage.path=${join(storage.path, 'data')}`] });
  }

  /** The values of all scrapes in the topic, and how many stand behind a later one. */
  async function valuesIn(topic: string) {
    const inTopic = new Set<number>();
    const newest = new Map<string, number>();
    let outOfOrder = 0;
    for (const { key, value: body, headers } of await kafka.read(topic)) {
      const stream = `${key} ${headers['owner']} ${headers['lane']}`;
      const seq = Number(headers['seq']);
      const number = servedValue(body);
      const isBehind = seq <= (newest.get(stream) ?? 0);
      // What is behind is a repeat, or out of order.
      if (number !== undefined && isBehind && !inTopic.has(number)) outOfOrder++;
      if (number !== undefined) inTopic.add(number);
      newest.set(stream, Math.max(seq, newest.get(stream) ?? 0));
    }
    return { inTopic, outOfOrder };
  }

  test('every scrape that had ended a second before is in the topic', async () => {
    const lives: { bornMs: number; killedMs: number }[] = [];
    for (let i = 0; i < kills; i++) {
      const bornMs = Date.now();
      const worker = await start();
      await delay(2_500 + i * 130);
      // Half of them with a backlog.
      if (i % 2 === 1) kafka.freeze();
      await delay(1_500);
      lives.push({ bornMs, killedMs: Date.now() });
      worker.process.signal('SIGKILL');
      await worker.stop();
      kafka.thaw();
    }
    const last = await start();
    await delay(5_000);
    await last.stop();

    const { inTopic, outOfOrder } = await valuesIn('killed');
    const promised = served.filter(({ startedMs, endedMs }) =>
      lives.some(({ bornMs, killedMs }) => bornMs <= startedMs && endedMs <= killedMs - promisedMs),
    );
    expect(promised.length).toBeGreaterThan(kills * targets * 2);
    expect(promised.filter((one) => !inTopic.has(one.value))).toEqual([]);
    expect(outOfOrder).toBe(0);
  }, 200_000);
});

/** What the exporter had counted to; undefined where the scrape failed. */
function servedValue(body: Buffer): number | undefined {
  const { series } = decodeVersion1(uncompress(body));
  const served = series.find(({ labels }) =>
    labels.some(([name, word]) => name === '__name__' && word === 'served'),
  );
  const bits = served?.samples[0]?.bits;
  return bits === undefined ? undefined : new Float64Array(BigUint64Array.of(bits).buffer)[0];
}
