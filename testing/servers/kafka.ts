import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Admin, CompressionCodecs, Kafka, logLevel } from 'kafkajs';
import { registerCodecs } from '../../packages/core/src/outputs/kafka/compression/codecs.js';
import { freePort } from './free-port.js';
import { javaCommand, kafkaLibs } from './java.js';
import { addListeners, type KafkaListener } from './kafka-listeners.js';
import { serverProperties } from './kafka-properties.js';
import { hasLeaders, type KafkaRecord, readTopic } from './kafka-topics.js';
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
  /**
   * How long a broker that says nothing is still taken for alive, and one that crashed may not start
   * again. Default 9 s, as Kafka's.
   */
  readonly sessionTimeoutMs?: number;
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
  deleteTopic(topic: string): Promise<void>;
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
  const libs = kafkaLibs(version);
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
      ...javaCommand(libs, ['-Xmx512m'], 'kafka.Kafka', [file]),
      cwd: folder.path,
      ready: () => answers(adminPort),
      readyTimeoutMs: 60_000,
    });
  let running: RunningProcess | undefined;
  try {
    const ports = { port, adminPort, saslPort, controller };
    await writeFile(file, serverProperties(folder.path, ports, advertised, options, added));
    const scram = Object.entries(users).flatMap(([name, password]) =>
      ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
        '--add-scram',
        `${mechanism}=[name=${name},password=${password}]`,
      ]),
    );
    const args = ['format', '-t', clusterId, '-c', file, ...scram];
    const format = javaCommand(libs, ['-Xmx256m'], 'kafka.tools.StorageTool', args);
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
    async deleteTopic(topic) {
      await admin.deleteTopics({ topics: [topic] });
      // The controller answers for itself: until the broker has heard, it takes what is lost with the topic.
      while ((await readdir(join(folder.path, 'data'))).some(isOf(topic))) await delay(50);
    },
    async read(topic) {
      for (;;) {
        try {
          return await readTopic(kafka, topic);
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

/** Whether a folder is of a partition; of one that goes it is `<topic>.<id>-delete`. */
function isOf(topic: string): (folder: string) => boolean {
  return (folder) => folder.replace(/-\d+$/, '') === topic;
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
