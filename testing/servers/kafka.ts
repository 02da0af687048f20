import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Admin, CompressionCodecs, Kafka, logLevel } from 'kafkajs';
import { registerCodecs } from '../../packages/core/src/outputs/kafka/compression/codecs.js';
import { freePort } from './free-port.js';
import { installedEnv } from './installed-env.js';
import {
  type AddedListeners,
  addListeners,
  type KafkaListener,
  saslProperties,
} from './kafka-listeners.js';
import { runCommand } from './run-command.js';
import { type RunningProcess, startProcess } from './start-process.js';
import { tempFolder } from './temp-folder.js';

export interface KafkaOptions {
  /** Default 4.1. */
  readonly version?: '3.9' | '4.1';
  /** `host:port` that clients are told to come to, for a relay in front of the broker. */
  readonly advertised?: (address: string) => Promise<string>;
  /** Beside those of every broker here. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Users of the SASL listener, by name; with them every mechanism is on. */
  readonly users?: Readonly<Record<string, string>>;
  /** Beside its own, by name (lower case). */
  readonly listeners?: Readonly<Record<string, KafkaListener>>;
  /** A second broker beside this one, which is the controller of both. */
  readonly joins?: KafkaServer;
}

export interface KafkaTopic {
  readonly topic: string;
  /** Default 1. */
  readonly partitions?: number;
  /** Brokers that each partition is on. Default 1. */
  readonly replicas?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

export interface KafkaRecord {
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestampMs: number;
}

export interface KafkaServer {
  /** `host:port` for clients. */
  readonly address: string;
  /** `host:port` of the listener that asks for SASL. */
  readonly saslAddress: string;
  /** `host:port` of a listener of the options. */
  addressOf(listener: string): string;
  /** `id@host:port` of the controller. */
  readonly controller: string;
  /** Not by way of a relay. */
  readonly admin: Admin;
  createTopic(topic: KafkaTopic): Promise<void>;
  /** All that a topic holds. */
  read(topic: string): Promise<KafkaRecord[]>;
  /** SIGSTOP and SIGCONT. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
  /** SIGTERM. */
  shutDown(): Promise<void>;
  /** Starts it again with what it had stored, at the same addresses. */
  start(): Promise<void>;
  /** Ends the process and removes its folder. */
  stop(): Promise<void>;
}

registerCodecs(CompressionCodecs as unknown as Record<number, () => object>);

const clusterId = 'cHJvbS1hZ2VudC10ZXN0cw';

/** A real broker that is its own controller (KRaft), on 127.0.0.1; what it stores outlives a restart. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const { version = '4.1', users = {}, listeners = {} } = options;
  const folder = await tempFolder(`kafka-${version}`);
  const [port = 0, adminPort = 0, saslPort = 0, controllerPort = 0] = await Promise.all(
    Array.from({ length: 4 }, freePort),
  );
  const address = `127.0.0.1:${port}`;
  const controller = options.joins?.controller ?? `1@127.0.0.1:${controllerPort}`;
  const added = await addListeners(folder.path, listeners, users);
  const advertised = (await options.advertised?.(address)) ?? address;
  const file = join(folder.path, 'server.properties');
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${adminPort}`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 3, initialRetryTime: 100 },
  });
  const admin = kafka.admin();
  const launch = (): Promise<RunningProcess> =>
    startProcess({
      ...java(version, ['-Xmx512m'], 'kafka.Kafka', [file]),
      cwd: folder.path,
      ready: () => answers(adminPort),
      readyTimeoutMs: 60_000,
    });
  let running: RunningProcess | undefined;
  try {
    const ports = { port, adminPort, saslPort, controller };
    await writeFile(file, properties(folder.path, ports, advertised, options, added));
    const scram = Object.entries(users).flatMap(([name, password]) =>
      ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
        '--add-scram',
        `${mechanism}=[name=${name},password=${password}]`,
      ]),
    );
    const args = ['format', '-t', clusterId, '-c', file, ...scram];
    const format = java(version, ['-Xmx256m'], 'kafka.tools.StorageTool', args);
    const formatted = await runCommand(format.command, format.args, { timeoutMs: 60_000 });
    if (formatted.code !== 0)
      throw new Error(`kafka format: ${formatted.stdout}${formatted.stderr}`);
    running = await launch();
    await admin.connect();
  } catch (error) {
    await running?.stop();
    await folder.remove();
    throw error;
  }
  const halt = async (signal: NodeJS.Signals): Promise<void> => {
    running?.signal('SIGCONT');
    running?.signal(signal);
    await running?.ended;
    await running?.stop();
    running = undefined;
  };
  return {
    address: advertised,
    saslAddress: `127.0.0.1:${saslPort}`,
    addressOf: (name) => added.addresses[name] ?? '',
    controller,
    admin,
    async createTopic({ topic, partitions = 1, replicas = 1, configs = {} }) {
      const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
      await admin.createTopics({
        topics: [{ topic, numPartitions: partitions, replicationFactor: replicas, configEntries }],
        waitForLeaders: false,
      });
      while (!(await hasLeaders(admin, topic))) await delay(50);
    },
    async read(topic) {
      for (;;) {
        try {
          return await readTopic(kafka, admin, topic);
        } catch (error) {
          // A broker that has just started is slow to know its groups, for which kafkajs does not wait.
          if (!String(error).includes('coordinator is loading')) throw error;
        }
      }
    },
    freeze: () => running?.signal('SIGSTOP'),
    thaw: () => running?.signal('SIGCONT'),
    kill: () => halt('SIGKILL'),
    shutDown: () => halt('SIGTERM'),
    async start() {
      running ??= await launch();
    },
    async stop() {
      await admin.disconnect().catch(() => {});
      if (running !== undefined) await halt('SIGKILL');
      await folder.remove();
    },
  };
}

interface Ports {
  readonly port: number;
  readonly adminPort: number;
  readonly saslPort: number;
  readonly controller: string;
}

function properties(
  folder: string,
  { port, adminPort, saslPort, controller }: Ports,
  advertised: string,
  { users = {}, listeners = {}, properties: more = {}, joins }: KafkaOptions,
  added: AddedListeners,
): string {
  const addresses = Object.entries(added.addresses).map(([name, at]) => `${name}://${at}`);
  const protocols = Object.entries(listeners).map(([name, { protocol }]) => `${name}:${protocol}`);
  const all: Record<string, string> = {
    'process.roles': joins === undefined ? 'broker,controller' : 'broker',
    'node.id': joins === undefined ? '1' : '2',
    'controller.quorum.voters': controller,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'ADMIN',
    'listener.security.protocol.map': [
      'CLIENT:PLAINTEXT,ADMIN:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
      ...protocols,
    ].join(','),
    listeners: [
      ...addresses,
      `CLIENT://127.0.0.1:${port}`,
      `ADMIN://127.0.0.1:${adminPort}`,
      `SASL://127.0.0.1:${saslPort}`,
      ...(joins === undefined ? [controller.replace('1@', 'CONTROLLER://')] : []),
    ].join(','),
    'advertised.listeners': [
      ...addresses,
      `CLIENT://${advertised}`,
      `ADMIN://127.0.0.1:${adminPort}`,
      `SASL://127.0.0.1:${saslPort}`,
    ].join(','),
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    ...saslProperties('sasl', users),
    ...added.properties,
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': 'false',
    'num.network.threads': '2',
    'num.io.threads': '2',
    'log.cleaner.enable': 'false',
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    ...more,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function java(version: string, flags: readonly string[], main: string, args: readonly string[]) {
  const env = installedEnv();
  const libs = env[`KAFKA_${version.replace('.', '_')}_LIBS`] ?? '';
  const quick = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...flags];
  return {
    command: env['JAVA'] ?? 'java',
    args: [...quick, '-cp', `${libs}/*`, main, ...args],
  };
}

async function answers(port: number): Promise<boolean> {
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length > 0;
  } finally {
    await admin.disconnect();
  }
}

/** kafkajs waits for leaders by itself, but not for a broker that has not heard of the topic yet. */
async function hasLeaders(admin: Admin, topic: string): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
  } catch (error) {
    if (/does not host this topic|leadership election/.test(String(error))) return false;
    throw error;
  }
}

let groups = 0;

async function readTopic(kafka: Kafka, admin: Admin, topic: string): Promise<KafkaRecord[]> {
  const ends = new Map<number, bigint>();
  for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
    if (BigInt(high) > 0n) ends.set(partition, BigInt(high));
  }
  const records: KafkaRecord[] = [];
  if (ends.size === 0) return records;
  const consumer = kafka.consumer({ groupId: `reader-${process.pid}-${groups++}` });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      const run = consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: true,
        eachBatch: async ({ batch }) => {
          for (const { key, value, headers = {}, offset, timestamp } of batch.messages) {
            const words = Object.entries(headers).map(([name, word]) => [name, String(word)]);
            records.push({
              partition: batch.partition,
              offset,
              key: String(key),
              value: value ?? Buffer.alloc(0),
              headers: Object.fromEntries(words),
              timestampMs: Number(timestamp),
            });
          }
          const end = ends.get(batch.partition);
          if (end !== undefined && BigInt(batch.lastOffset()) + 1n >= end)
            ends.delete(batch.partition);
          if (ends.size === 0) resolve();
        },
      });
      run.catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return records;
}
