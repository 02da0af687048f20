// A Kafka broker of its own (KRaft) on 127.0.0.1, as testing/servers/install.sh leaves it on the machine.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';

const prefix = process.env.PROM_AGENT_SERVERS ?? '/opt/prom-agent-servers';

function installed() {
  const file = path.join(prefix, 'env');
  if (!existsSync(file)) return {};
  const lines = readFileSync(file, 'utf8').split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

export const hasKafka = installed().KAFKA_4_1_LIBS !== undefined;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export async function startBroker() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'prom-agent-bench-kafka-'));
  const [port, controller] = [await freePort(), await freePort()];
  const { JAVA = 'java', KAFKA_4_1_LIBS } = installed();
  const file = path.join(folder, 'server.properties');
  writeFileSync(
    file,
    [
      'process.roles=broker,controller',
      'node.id=1',
      `controller.quorum.voters=1@127.0.0.1:${controller}`,
      'controller.listener.names=CONTROLLER',
      `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
      `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
      'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      `log.dirs=${path.join(folder, 'data')}`,
      'offsets.topic.num.partitions=1',
      'offsets.topic.replication.factor=1',
      'group.initial.rebalance.delay.ms=0',
    ].join('\n'),
  );
  const java = (main, ...args) => ['-Xmx512m', '-cp', `${KAFKA_4_1_LIBS}/*`, main, ...args];
  spawnSync(
    JAVA,
    java('kafka.tools.StorageTool', 'format', '-t', 'cHJvbS1hZ2VudC1iZW5jaA', '-c', file),
  );
  const child = spawn(JAVA, java('kafka.Kafka', file), { stdio: 'ignore' });
  // However this process ends.
  process.on('exit', () => child.kill('SIGKILL'));
  const stop = async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  };
  const kafka = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING });
  for (let tries = 0; ; tries++) {
    const admin = kafka.admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      await admin.describeCluster();
      await admin.disconnect();
      return { address: `127.0.0.1:${port}`, kafka, pid: child.pid, stop };
    } catch (error) {
      await admin.disconnect().catch(() => {});
      if (tries > 300 || child.exitCode !== null) {
        await stop();
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
