import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { FileTexts } from '../../http-client/file-texts.js';
import { plainHttpClient } from '../../http-client/http-client-config.js';
import type { QueueStore } from '../../outputs/queue/queue-options.js';
import { RemoteWrite } from '../../outputs/remote-write/remote-write.js';
import type { RemoteWriteOptions } from '../../outputs/remote-write/remote-write-options.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { cleanUp, start } from './shard-harness.contract.js';

// What an output keeps of a target goes with the target.

const servers: Server[] = [];
const folders: string[] = [];

afterEach(async () => {
  await cleanUp();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function receive(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(204, { 'X-Prometheus-Remote-Write-Samples-Written': '1' }).end();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const idOf = (n: number) => (n * 0x9e3779b1).toString(16).padStart(16, '0');
/** Known on Linux alone. */
const openFiles = () => (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0);

function optionsTo(url: string, version: 1 | 2): RemoteWriteOptions {
  return {
    name: 'out',
    url,
    remoteTimeoutMs: 30_000,
    headers: {},
    http: plainHttpClient,
    version,
    metadata: { sendIntervalMs: 60_000, maxSamplesPerSend: 2000 },
    queue: {
      capacity: 100_000,
      maxShards: 4,
      maxSamplesPerSend: 2000,
      batchSendDeadlineMs: 1000,
      minBackoffMs: 30,
      maxBackoffMs: 5000,
      retryOnHttp429: true,
    },
  };
}

function storeIn(folder: string): QueueStore {
  const options = {
    path: folder,
    maxBytes: 2 ** 30,
    maxAgeMs: 86_400_000,
    order: 'per_series' as const,
    fsync: 'none' as const,
  };
  return { options, agent: 'churn', thread: 0, turns: { run: (task) => task() } };
}

test.each([
  ['1.0 from memory', 1, false],
  ['2.0 from the disk', 2, true],
] as const)(
  '100,000 scrapes of targets that come and go are sent by %s and leave nothing behind',
  async (_name, version, isDurable) => {
    const clock = new ManualClock(1_000_000);
    const folder = mkdtempSync(path.join(tmpdir(), 'prom-agent-churn-'));
    folders.push(folder);
    const http = { clock, files: new FileTexts(clock, { run: (task) => task() }), userAgent: 'x' };
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const queueStore = isDurable ? storeIn(folder) : undefined;
    const parts = { clock, logger, http, queueBytes: 1e8, queueStore };
    const output = new RemoteWrite(optionsTo(await receive(), version), parts);
    const { shard, plan } = start({}, 1e9, clock, {}, output);
    const living = 50;
    let oldest = 0;
    let newest = 0;
    let scrapes = 0;
    const body = (n: number) =>
      `# TYPE kept gauge\nkept{n="${n}"} ${scrapes}\nonce{scrape="${scrapes++}"} 1\n`;
    const drained = async () => {
      while (output.status().queueSamples > 0) {
        await clock.advance(100);
        for (let i = 0; i < 20; i++) await settled();
      }
    };
    const turn = async () => {
      while (newest - oldest < living) {
        const added = plan('http://h/', {
          id: idOf(newest),
          source: 'pushed',
          phaseMs: newest % 1000,
        });
        shard.handle({ type: 'targets', add: [added], remove: [] });
        newest++;
      }
      for (let n = oldest; n < newest; n++) {
        const pushed = { body: Buffer.from(body(n)), durationMs: 1, error: undefined };
        const timestampMs = clock.nowMs();
        shard.handle({ type: 'pushed-body', targetId: idOf(n), timestampMs, pushed });
      }
      await clock.advance(1000);
      const end = oldest % 2 === 0 ? 'gone' : 'moved';
      shard.handle({ type: 'targets', add: [], remove: [{ id: idOf(oldest++), end }] });
      if (oldest % 50 === 0) await drained();
    };
    const rest = async () => {
      while (oldest < newest)
        shard.handle({ type: 'targets', add: [], remove: [{ id: idOf(oldest++), end: 'gone' }] });
      await clock.advance(2000);
      await drained();
      return { memoryBytes: output.memoryBytes, files: openFiles(), timers: clock.pendingTimers };
    };
    while (scrapes < 5000) await turn();
    const before = await rest();
    while (scrapes < 105_000) await turn();
    const after = await rest();
    const { samplesAppended, samplesSent, samplesDropped } = output.status();
    expect(samplesAppended).toBeGreaterThan(700_000);
    expect(samplesSent).toBe(samplesAppended);
    expect(Object.values(samplesDropped).every((count) => count === 0)).toBe(true);
    expect(after.memoryBytes).toBeLessThanOrEqual(before.memoryBytes * 1.2);
    expect(after.files).toBeLessThanOrEqual(before.files + 3);
    expect(after.timers).toBeLessThanOrEqual(before.timers);
  },
  120_000,
);
