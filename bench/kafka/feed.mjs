// One thread that hands scrapes to an output as fast as it takes them, in a process of its own.
//   node feed.mjs kafka|remote_write|idle JSON

import { systemClock } from '../../packages/core/dist/clock.js';
import { FileTexts } from '../../packages/core/dist/http-client/file-texts.js';
import { plainHttpClient } from '../../packages/core/dist/http-client/http-client-config.js';
import { KafkaWrite } from '../../packages/core/dist/outputs/kafka/kafka-write.js';
import { RemoteWrite } from '../../packages/core/dist/outputs/remote-write/remote-write.js';
import { nodeExporterFamilies } from '../scrape/node-exporter-families.mjs';

const [kind, json] = process.argv.slice(2);
const options = JSON.parse(json);
const { targets, seconds, warmUp } = options;

function varint(value) {
  const bytes = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

function field(tag, content) {
  return Buffer.concat([Buffer.from([tag]), varint(content.length), content]);
}

function labelBytes(labels) {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat(
    sorted.map(([name, value]) =>
      field(0x0a, Buffer.concat([field(0x0a, Buffer.from(name)), field(0x12, Buffer.from(value))])),
    ),
  );
}

/** The series of one target: those of a node_exporter, cut or filled up to 507. */
function seriesOf(instance) {
  const series = [];
  for (const { name, labelSets } of nodeExporterFamilies(2)) {
    for (const labels of labelSets) {
      series.push(labelBytes({ __name__: name, instance, job: 'node', ...labels }));
    }
  }
  while (series.length < 507) {
    series.push(
      labelBytes({ __name__: 'node_more', instance, job: 'node', n: `${series.length}` }),
    );
  }
  return series.slice(0, 507);
}

const batches = Array.from({ length: targets }, (_, i) => {
  const instance = `10.0.${i >> 8}.${i & 255}:9100`;
  const all = seriesOf(instance);
  const targetId = i.toString(16).padStart(16, '0');
  return {
    targetId,
    targetLabels: new Map([
      ['job', 'node'],
      ['instance', instance],
    ]),
    series: { labelBytes: (ref) => all[ref] },
    timestampMs: 0,
    layout: 1,
    count: all.length,
    refs: Int32Array.from(all, (_, ref) => ref),
    values: Float64Array.from(all, () => Math.random() * 1e6),
    timestampsMs: undefined,
    staleCount: 0,
    staleRefs: new Int32Array(0),
  };
});

const clock = systemClock;
const files = new FileTexts(clock, { run: (task) => task() });
const say = (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
const logger = { debug() {}, info: say, warn: say, error: say };
const parts = {
  clock,
  logger,
  http: { clock, files, userAgent: 'bench' },
  queueBytes: 128 * 2 ** 20,
  source: { owner: 'bench', epoch: 0, lane: '0', replica: 0 },
};

function open() {
  if (kind === 'remote_write') {
    return new RemoteWrite(
      {
        name: 'rw',
        url: options.url,
        remoteTimeoutMs: 30_000,
        headers: {},
        http: plainHttpClient,
        queue: {
          capacity: 10_000,
          maxShards: 50,
          maxSamplesPerSend: 2000,
          batchSendDeadlineMs: 5000,
          minBackoffMs: 30,
          maxBackoffMs: 5000,
          retryOnHttp429: true,
        },
      },
      parts,
    );
  }
  return new KafkaWrite(
    {
      name: 'kafka',
      brokers: [options.broker],
      topic: options.topic,
      format: options.format ?? 'remote_write',
      compression: options.compression ?? 'none',
      clientId: 'bench',
      sasl: undefined,
      tls: undefined,
      lingerMs: 100,
      connectTimeoutMs: 10_000,
      requestTimeoutMs: 30_000,
      minBackoffMs: 100,
      maxBackoffMs: 10_000,
      sendNativeHistograms: true,
      sendExemplars: true,
    },
    parts,
  );
}

// The output keeps no process alive.
setInterval(() => {}, 1000);
const output = open();
let next = 0;
let timestampMs = Date.now() - 24 * 3_600_000;

/** As many scrapes as fit into half of the queue, then a turn for the sockets. */
function feed() {
  const untilMs = performance.now() + 5;
  while (output.hasRoom && performance.now() < untilMs) {
    const batch = batches[next];
    batch.timestampMs = timestampMs;
    batch.values[next % batch.count] += 1;
    output.append(batch);
    next = (next + 1) % batches.length;
    if (next === 0) timestampMs += 1000;
  }
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const snapshot = () => ({
  sent: output.status().samplesSent,
  requests: output.status().requestsSent,
  bytes: output.status().bytesSent,
  ms: performance.now(),
  cpu: process.cpuUsage(),
});

async function run(ms) {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs) {
    feed();
    await new Promise((resolve) => setImmediate(resolve));
    if (!output.hasRoom) await sleep(1);
  }
}

if (kind === 'idle') {
  feed();
  await output.flush();
  await sleep(warmUp * 1000);
} else await run(warmUp * 1000);
const before = snapshot();
if (kind === 'idle') await sleep(seconds * 1000);
else await run(seconds * 1000);
const after = snapshot();
await output.flush();
const { samplesAppended, samplesSent, samplesDropped } = output.status();
await output.close(30_000);
const samples = after.sent - before.sent;
const cpuSeconds =
  (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 1_000_000;
const tookSeconds = (after.ms - before.ms) / 1000;
process.stdout.write(
  JSON.stringify({
    samplesPerSecond: samples / tookSeconds,
    cpuPerMillion: samples === 0 ? undefined : (cpuSeconds * 1e6) / samples,
    cores: cpuSeconds / tookSeconds,
    requests: after.requests - before.requests,
    bytesPerSample: samples === 0 ? undefined : (after.bytes - before.bytes) / samples,
    appended: samplesAppended,
    sent: samplesSent,
    dropped: Object.values(samplesDropped).reduce((sum, one) => sum + one),
  }),
);
process.exit(0);
