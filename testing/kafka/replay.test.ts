import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { runCommand } from '../servers/run-command.js';
import { tempFolder } from '../servers/temp-folder.js';
import { workerCommand } from '../servers/worker.js';
import { KafkaScene } from './kafka-scene.js';
import { type ReplayRun, runReplay, samplesIn } from './replay-scene.js';

const timeoutMs = 120_000;

describe.skipIf(requireServer('kafka-4.1', 'prometheus', 'script'))(
  'replay into a real Prometheus',
  () => {
    let kafka: KafkaServer;
    let prometheus: PrometheusServer;

    beforeAll(async () => {
      [kafka, prometheus] = await Promise.all([
        startKafka({ users: { alice: 'secret' } }),
        startPrometheus({ remoteWriteReceiver: true }),
      ]);
    }, timeoutMs);
    afterAll(async () => {
      await Promise.all([kafka?.stop(), prometheus?.stop()]);
    });

    /** Scrapes of some targets in a topic. */
    async function written(topic: string, ticks: number, targets: number, series = 20) {
      await kafka.createTopic({ topic, partitions: 4 });
      const scene = new KafkaScene({ topic, brokers: [kafka.address] });
      for (let i = 0; i < ticks; i++) scene.tick(targets, series, topic);
      await scene.settled();
      await scene.output.close(5_000);
      return scene;
    }

    const from = (topic: string, group = topic): string =>
      `kafka://${kafka.address}/${topic}?group=${group}`;

    test(
      'all of a topic arrives, once; the same command finds nothing more to do',
      async () => {
        const scene = await written('whole', 10, 5);
        const args = ['--from', from('whole'), '--to', prometheus.remoteWriteUrl, '--json'];
        const first = await runReplay(args);
        expect(first).toMatchObject({ code: 0, status: { messages: 50, samplesSent: 1000 } });
        expect(await samplesIn(prometheus, 'whole')).toEqual(scene.given);
        const second = await runReplay(args);
        expect(second).toMatchObject({ code: 0, status: { messages: 0, samplesSent: 0 } });
      },
      timeoutMs,
    );

    test(
      'what is in the topic twice arrives once, and what cannot be read is named and passed over',
      async () => {
        const scene = await written('mixed', 6, 3);
        const records = await kafka.read('mixed');
        const client = new Kafka({ brokers: [kafka.address], logLevel: logLevel.NOTHING });
        const producer = client.producer();
        await producer.connect();
        const headers = { format: 'remote_write' };
        await producer.send({
          topic: 'mixed',
          messages: [
            ...records.map(({ key, value, partition, headers: of }) => ({
              key,
              value,
              partition,
              headers: { ...of },
            })),
            { key: 'a', value: 'no snappy', headers, partition: 0 },
            { key: 'a', value: null, headers, partition: 1 },
            { key: 'a', value: '{"name":"m"}', headers: { format: 'jsonl' }, partition: 2 },
            { key: 'a', value: 'm 1', headers: { format: 'morse' }, partition: 3 },
          ],
        });
        await producer.disconnect();
        const run = await runReplay([
          ...['--from', from('mixed'), '--to', prometheus.remoteWriteUrl, '--json'],
        ]);
        expect(run).toMatchObject({
          code: 0,
          status: { messages: 40, repeats: 18, malformed: 4, samplesSent: 360, samplesRejected: 0 },
        });
        expect(run.stderr).toMatch(/partition=2 offset=\d+ error="line 1: value is no number"/);
        expect(run.stderr).toMatch(/partition=3 .*morse/);
        expect(await samplesIn(prometheus, 'mixed')).toEqual(scene.given);
      },
      timeoutMs,
    );

    test(
      'what transactions hide is passed over, also at the end of the topic',
      async () => {
        await kafka.createTopic({ topic: 'transactions' });
        const client = new Kafka({ brokers: [kafka.address], logLevel: logLevel.NOTHING });
        const producer = client.producer({
          transactionalId: 't',
          idempotent: true,
          maxInFlightRequests: 1,
        });
        await producer.connect();
        for (const [value, isGood] of [
          ['transacted 1', true],
          ['transacted 2', false],
          ['transacted 3', true],
          ['transacted 4', false],
        ] as const) {
          const transaction = await producer.transaction();
          const headers = { format: 'text' };
          await transaction.send({ topic: 'transactions', messages: [{ value, headers }] });
          await (isGood ? transaction.commit() : transaction.abort());
        }
        await producer.disconnect();
        const args = ['--from', from('transactions'), '--to', prometheus.remoteWriteUrl, '--json'];
        for (const samplesSent of [2, 0]) {
          const run = await runReplay(args);
          expect(run).toMatchObject({ code: 0, status: { samplesSent, messagesLeft: 0 } });
        }
        const [series] = await prometheus.find('transacted[5m]');
        expect(series?.samples.map(({ value }) => value)).toEqual([1, 3]);
      },
      timeoutMs,
    );

    test(
      'killed in the middle, it goes on where it was: nothing is missing',
      async () => {
        const scene = await written('killed', 40, 10, 50);
        const args = ['--from', from('killed'), '--to', prometheus.remoteWriteUrl, '--json'];
        await runReplay([...args, '--rate', '4000'], async ({ kill }) => {
          await prometheus.find('m{index="0",instance=~"killed.*"}[2h]');
          await delay(1_000);
          kill('SIGKILL');
        });
        const some = await samplesIn(prometheus, 'killed');
        const before = [...some.values()].flat().length;
        expect(before).toBeGreaterThan(0);
        expect(before).toBeLessThan(400);
        const { code, status } = await runReplay(args);
        expect(code).toBe(0);
        expect(status?.messages).toBeLessThan(400);
        expect(await samplesIn(prometheus, 'killed')).toEqual(scene.given);
      },
      timeoutMs,
    );

    test(
      'only the times asked for, and Ctrl-C: what was delivered is committed',
      async () => {
        const scene = await written('times', 20, 4);
        const all = scene.given.get('times000000000000')!;
        const flags = [
          ...['--from-time', new Date(all[5]!).toISOString()],
          ...['--to-time', String(all[15]! / 1000), '--json'],
        ];
        const args = ['--from', from('times'), '--to', prometheus.remoteWriteUrl, ...flags];
        const stopped = await runReplay([...args, '--rate', '200'], async ({ kill }) => {
          await prometheus.find('m{index="0",instance=~"times.*"}[2h]');
          kill('SIGINT');
        });
        expect(stopped.code).toBe(1);
        expect(stopped.stderr).toMatch(/messages left: the same command goes on from here/);
        const rest = await runReplay(args);
        expect(rest.code).toBe(0);
        const sent = (stopped.status?.samplesSent ?? 0) + (rest.status?.samplesSent ?? 0);
        expect([sent, rest.status?.samplesRejected]).toEqual([10 * 4 * 20, 0]);
        const wanted = [...scene.given].map(([target, times]) => [target, times.slice(5, 15)]);
        expect([...(await samplesIn(prometheus, 'times'))]).toEqual(wanted);
      },
      timeoutMs,
    );

    test(
      'credentials come from a file and are never shown',
      async () => {
        await written('sasl', 2, 2);
        const folder = await tempFolder('replay');
        const file = join(folder.path, 'kafka.yml');
        const sasl = (password: string) =>
          `sasl: {mechanism: scram-sha-256, username: alice, password: ${password}}\n`;
        const args = [
          ...[
            '--from',
            `kafka://${kafka.saslAddress}/sasl?group=sasl`,
            '--kafka.config.file',
            file,
          ],
          ...['--to', prometheus.remoteWriteUrl, '--json'],
        ];
        await writeFile(file, sasl('wrong-one'));
        const refused = await runReplay(args);
        expect(refused.code).toBe(1);
        expect(refused.stderr).toMatch(/authentication failed/i);
        expect(refused.stderr).not.toContain('wrong-one');
        await writeFile(file, sasl('secret'));
        expect(await runReplay(args)).toMatchObject({ code: 0, status: { samplesSent: 80 } });
        await folder.remove();
      },
      timeoutMs,
    );

    test(
      'two of one group share the partitions, also when one comes later: nothing is missing',
      async () => {
        const scene = await written('shared', 40, 10, 50);
        const args = ['--from', from('shared'), '--to', prometheus.remoteWriteUrl, '--json'];
        const runs: Promise<ReplayRun>[] = [runReplay([...args, '--rate', '3000'])];
        await prometheus.find('m{index="0",instance=~"shared.*"}[2h]');
        runs.push(runReplay([...args, '--rate', '3000']));
        const [first, second] = await Promise.all(runs);
        expect([first?.code, second?.code]).toEqual([0, 0]);
        expect(await samplesIn(prometheus, 'shared')).toEqual(scene.given);
        expect(second?.status?.messages).toBeGreaterThan(0);
      },
      timeoutMs,
    );

    test.each([
      ['a topic that is not there', 'none', 'api/v1/write', /no topic none/],
      ['a receiver that is none', 'whole', 'api/v1/nothing', /HTTP 404/],
    ])(
      '%s: words, and exit code 1',
      async (_, topic, path, words) => {
        const to = `${prometheus.url}/${path}`;
        const { code, stderr } = await runReplay(['--from', from(topic, 'other'), '--to', to]);
        expect(stderr).toMatch(words);
        expect(code).toBe(1);
      },
      timeoutMs,
    );

    test(
      'on a terminal a bar shows how far it is; its line is cleared in the end',
      async () => {
        await written('shown', 20, 4);
        const command = [
          ...[process.execPath, workerCommand, 'replay', '--from', from('shown')],
          ...['--to', prometheus.remoteWriteUrl, '--rate', '800'],
        ];
        const quoted = command.map((word) => `'${word}'`).join(' ');
        const { code, stdout } = await runCommand('script', ['-qec', quoted, '/dev/null'], {
          timeoutMs: 60_000,
        });
        expect(code).toBe(0);
        const bars = stdout.split('\r').filter((line) => line.startsWith('['));
        expect(bars.length).toBeGreaterThan(3);
        expect(bars.at(-1)).toMatch(
          /^\[=+>? *\] \d+% {2}[\d,]+ messages, [\d,]+ left, [\d,]+ samples/,
        );
        expect(stdout.trimEnd().split('\u001b[K').at(-1)).toBe('80 messages, 1600 samples sent');
        expect(stdout).not.toMatch(/msg=replaying/);
      },
      timeoutMs,
    );
  },
);
