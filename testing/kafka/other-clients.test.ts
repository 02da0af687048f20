import { execFileSync } from 'node:child_process';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { uncompress } from '../../packages/core/src/outputs/wire/uncompress.js';
import {
  decodeVersion1,
  decodeVersion2,
} from '../../packages/core/src/outputs/wire/write-messages.contract.js';
import { javaCommand, kafkaLibs } from '../servers/java.js';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { requireServer } from '../servers/require-server.js';
import { runCommand } from '../servers/run-command.js';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { KafkaScene } from './kafka-scene.js';

const peer = fileURLToPath(new URL('KafkaPeer.java', import.meta.url));
const timeoutMs = 120_000;
const formats = ['remote_write', 'remote_write_v2', 'jsonl', 'text'] as const;
const targets = 40;

describe
  .skipIf(requireServer('kafka-4.1', 'kafka-3.9', 'javac', 'kcat'))
  .each(['4.1', '3.9'] as const)('clients of others, on Kafka %s', (version) => {
  let kafka: KafkaServer;
  let scene: KafkaScene;
  let classes: TempFolder;

  beforeAll(async () => {
    classes = await tempFolder('kafka-peer');
    execFileSync('javac', ['-cp', kafkaLibs(version), '-d', classes.path, peer]);
    kafka = await startKafka({ version });
    for (const format of formats) {
      await kafka.createTopic({ topic: format, partitions: 12 });
      scene = new KafkaScene({
        topic: format,
        format,
        brokers: [kafka.address],
        compression: 'lz4',
      });
      for (let i = 0; i < 3; i++) scene.tick(targets, 60);
      await scene.settled();
      await scene.output.close(5_000);
    }
  }, timeoutMs);
  afterAll(async () => {
    await kafka?.stop();
    await classes?.remove();
  });

  async function java(what: string, topic: string, stdin = ''): Promise<string[]> {
    const { command, args } = javaCommand(
      [classes.path, kafkaLibs(version)].join(delimiter),
      ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'],
      'KafkaPeer',
      [what, kafka.address, topic],
    );
    const { code, stdout, stderr } = await runCommand(command, args, { stdin, timeoutMs: 60_000 });
    expect(code, stderr).toBe(0);
    return stdout.trim().split('\n');
  }

  /** Where ours stand, by key; the first begins its partition. */
  async function partitions(topic: string): Promise<Map<string, number>> {
    const records = await kafka.read(topic);
    return new Map(records.map(({ key, partition }) => [key, partition]));
  }

  test.each(formats)(
    'Java reads %s: checksums, headers, and values by nothing but the public schema',
    async (format) => {
      const lines = await java('consume', format);
      expect(lines).toHaveLength(3 * targets);
      for (const line of lines) {
        const [, key = '', timestamp = '', headers = '', sample = ''] = line.split('|');
        expect(headers).toMatch(
          /^\{epoch=0, format=\w+, instance=host-\d+:9100, job=node, lane=0, owner=test, replica=0, seq=\d{16}, target=\w{16}\}$/,
        );
        expect(headers).toContain(`format=${format}, `);
        expect(headers).toContain(`target=${key}`);
        if (format === 'text') {
          expect(sample).toBe(`m{index="0",instance="${key}"} ${timestamp} ${timestamp}`);
          continue;
        }
        const [, count, labels, value, ms] = /^(\d+) \{(.*)\} (\S+) (\d+)$/.exec(sample) ?? [];
        expect([count, labels]).toEqual(['60', `__name__=m, index=0, instance=${key}`]);
        expect([Number(value), ms]).toEqual([Number(timestamp), timestamp]);
      }
    },
    timeoutMs,
  );

  test.each(formats)('kcat reads %s', async (format) => {
    const [[key, partition] = ['', 0]] = await partitions(format);
    const from = ['-t', format, '-p', String(partition), '-o', 'beginning', '-c', '1'];
    const args = ['-b', kafka.address, '-C', ...from, '-e', '-q'];
    const head = execFileSync('kcat', [...args, '-f', '%k %T'], { encoding: 'utf8' });
    const [written, timestamp] = head.split(' ');
    expect(written).toBe(key);
    // The bytes of the message, and no others.
    const value = execFileSync('kcat', [...args, '-D', '']);
    const ms = Number(timestamp);
    const labels = { index: '0', instance: key };
    if (format === 'jsonl') {
      const [line = ''] = String(value).split('\n', 1);
      expect(JSON.parse(line)).toEqual({ name: 'm', labels, value: ms, timestamp: ms });
    } else if (format === 'text') {
      expect(String(value)).toMatch(`m{index="0",instance="${key}"} ${ms} ${ms}\n`);
    } else {
      const decode = format === 'remote_write' ? decodeVersion1 : decodeVersion2;
      const { series } = decode(uncompress(value));
      expect(series).toHaveLength(60);
      expect(Object.fromEntries(series[0]?.labels ?? [])).toEqual({ __name__: 'm', ...labels });
      expect(series[0]?.samples).toMatchObject([{ timestampMs: BigInt(ms) }]);
    }
  });

  test(
    'Java puts a key into the partition where ours stands',
    async () => {
      const ours = await partitions('remote_write');
      const stdin = [...ours.keys()].map((key) => `${key}\n`).join('');
      const lines = await java('produce', 'remote_write', stdin);
      expect(lines).toEqual([...ours].map(([key, partition]) => `${key} ${partition}`));
    },
    timeoutMs,
  );

  test('kcat with its murmur2 partitioner does so too', async () => {
    const ours = await partitions('text');
    expect(ours.size).toBe(targets);
    const { code, stderr } = await runCommand(
      'kcat',
      [
        ...['-b', kafka.address, '-P', '-t', 'text', '-K', ':'],
        ...['-X', 'topic.partitioner=murmur2'],
      ],
      { stdin: [...ours.keys()].map((key) => `${key}:kcat\n`).join('') },
    );
    expect(code, stderr).toBe(0);
    const records = await kafka.read('text');
    const theirs = records.filter(({ value }) => String(value) === 'kcat');
    expect(new Map(theirs.map(({ key, partition }) => [key, partition]))).toEqual(ours);
  });
});
