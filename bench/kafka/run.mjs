// How fast one thread writes to Kafka and what it costs beside remote_write. See ../README.md.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { uncompress } from 'snappyjs';
import { agentRound, startFleet } from './agent-rounds.mjs';
import { hasKafka, startBroker } from './broker.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
    targets: { type: 'string', default: '100' },
    partitions: { type: 'string', default: '8' },
    compression: { type: 'string', default: 'none' },
    idle: { type: 'string', default: '20' },
    'agent-seconds': { type: 'string', default: '20' },
    name: { type: 'string', default: 'kafka' },
    add: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
if (options.help) {
  process.stdout.write(
    'usage: npm run bench -- kafka [--rounds 3] [--seconds 8] [--targets 100] [--partitions 8] [--compression none] [--idle 20] [--agent-seconds 20] [--name kafka] [--add: to the rounds in that file]\n',
  );
  process.exit(0);
}
if (!hasKafka) {
  process.stderr.write('there is no Kafka: testing/servers/install.sh --only kafka-4.1\n');
  process.exit(1);
}

const bars = { samplesPerSecond: 1_000_000, cpuRatio: 1.3, idleCores: 0.002 };
const resultsFile = fileURLToPath(new URL(`../results/${options.name}.json`, import.meta.url));
const feedFile = fileURLToPath(new URL('feed.mjs', import.meta.url));
const median = (values) => values.toSorted((a, b) => a - b)[(values.length - 1) >> 1];

async function feed(kind, settings) {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--single-threaded-gc', feedFile, kind, JSON.stringify(settings)],
    { maxBuffer: 2 ** 26 },
  );
  if (stderr !== '') process.stderr.write(stderr);
  return JSON.parse(stdout);
}

/** What earlier runs left. */
function readResults() {
  return existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) : undefined;
}

/** Takes and forgets: what the other side costs is not measured. */
async function startSink() {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(204).end());
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** Series of a write request of remote write 1.0. */
function countSeries(message) {
  let count = 0;
  for (let at = 0; at < message.length; count++) {
    let length = 0;
    let byte = 0x80;
    for (let shift = 0; byte >= 0x80; shift += 7) {
      byte = message[++at];
      length += (byte & 0x7f) * 2 ** shift;
    }
    at += 1 + length;
  }
  return count;
}

/** Decodes the whole topic, repeats by `seq` left out. */
async function countTopic({ kafka }, topic) {
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const open = new Map(
    offsets.filter(({ high }) => high !== '0').map(({ partition, high }) => [partition, high]),
  );
  const consumer = kafka.consumer({ groupId: `count-${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const last = new Map();
  const counts = { samples: 0, messages: 0, repeats: 0 };
  await new Promise((resolve) => {
    void consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch, heartbeat }) => {
        for (const { key, value, headers } of batch.messages) {
          const seq = Number(headers.seq);
          counts.messages++;
          if (seq <= (last.get(`${key}`) ?? 0)) counts.repeats++;
          else counts.samples += countSeries(uncompress(value));
          last.set(`${key}`, Math.max(seq, last.get(`${key}`) ?? 0));
        }
        await heartbeat();
        if (BigInt(batch.lastOffset()) + 1n >= BigInt(open.get(batch.partition) ?? 0)) {
          open.delete(batch.partition);
        }
        if (open.size === 0) resolve();
      },
    });
  });
  await consumer.disconnect();
  return counts;
}

async function createTopic({ kafka }, topic) {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic, numPartitions: Number(options.partitions) }],
    waitForLeaders: true,
  });
  await admin.disconnect();
}

async function deleteTopic({ kafka }, topic) {
  const admin = kafka.admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
}

async function main() {
  const broker = await startBroker();
  const sink = await startSink();
  const shared = { targets: Number(options.targets), seconds: Number(options.seconds), warmUp: 3 };
  const { compression } = options;
  const rounds = [];
  try {
    for (let round = 0; round < Number(options.rounds); round++) {
      const topic = `round-${round}`;
      await createTopic(broker, topic);
      const kafka = await feed('kafka', { ...shared, broker: broker.address, topic, compression });
      const remoteWrite = await feed('remote_write', { ...shared, url: sink.url });
      const inTopic = await countTopic(broker, topic);
      await deleteTopic(broker, topic);
      rounds.push({ kafka, remoteWrite, inTopic, agent: await agentRounds(broker, sink, round) });
      process.stderr.write(`${JSON.stringify(rounds.at(-1))}\n`);
    }
    let idle;
    if (options.idle !== '0') {
      await createTopic(broker, 'idle');
      const settings = { ...shared, seconds: Number(options.idle), topic: 'idle' };
      idle = await feed('idle', { ...settings, broker: broker.address });
    }
    const before = options.add ? readResults() : undefined;
    return report([...(before?.rounds ?? []), ...rounds], idle ?? before?.idle);
  } finally {
    sink.close();
    await broker.stop();
  }
}

/** The same with all that comes before: scraping a fleet of as many targets every second. */
async function agentRounds(broker, sink, round) {
  const seconds = Number(options['agent-seconds']);
  if (seconds === 0) return undefined;
  const topic = `agent-${round}`;
  await createTopic(broker, topic);
  const fleet = await startFleet(Number(options.targets));
  try {
    const toKafka = { kafka_write: [{ brokers: [broker.address], topic }] };
    const kafka = await agentRound(toKafka, fleet, seconds);
    const byRemoteWrite = { remote_write: [{ url: sink.url }] };
    const remoteWrite = await agentRound(byRemoteWrite, fleet, seconds);
    return { kafka, remoteWrite };
  } finally {
    await fleet.stop();
    await deleteTopic(broker, topic);
  }
}

function report(rounds, idle) {
  const rate = median(rounds.map(({ kafka }) => kafka.samplesPerSecond));
  const alone = median(rounds.map(({ kafka }) => kafka.cpuPerMillion));
  const remoteWriteAlone = median(rounds.map(({ remoteWrite }) => remoteWrite.cpuPerMillion));
  const ratio = median(
    rounds.map(({ agent }) =>
      agent === undefined
        ? Number.NaN
        : agent.kafka.cpuPerMillion / agent.remoteWrite.cpuPerMillion,
    ),
  );
  const missing = rounds.reduce((sum, { kafka, inTopic }) => sum + kafka.sent - inTopic.samples, 0);
  const idleCores = idle?.cores ?? 0;
  const verdict = (isGood) => (isGood ? 'GOOD' : 'BAD');
  const lines = [
    `acknowledged: ${Math.round(rate)} samples/s from one thread: ${verdict(rate >= bars.samplesPerSecond)}`,
    `CPU per million samples of an agent / the same by remote_write: ${ratio.toFixed(2)}: ${verdict(!(ratio > bars.cpuRatio))}`,
    `the output alone: ${alone.toFixed(3)} s per million, remote_write ${remoteWriteAlone.toFixed(3)}`,
    `acknowledged and not in the topic: ${missing}: ${verdict(missing === 0)}`,
    `idle: ${(idleCores * 100).toFixed(2)} % of a core: ${verdict(idleCores <= bars.idleCores)}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  mkdirSync(path.dirname(resultsFile), { recursive: true });
  const result = {
    at: new Date().toISOString(),
    node: process.version,
    cpu: os.cpus()[0]?.model,
    options,
    figures: { rate, ratio, alone, remoteWriteAlone, missing, idleCores },
    rounds,
    idle,
  };
  writeFileSync(resultsFile, `${JSON.stringify(result, null, 2)}\n`);
  return lines.some((line) => line.endsWith('BAD')) ? 1 : 0;
}

process.exitCode = await main();
