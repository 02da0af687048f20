import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { FileTexts } from '../../http-client/file-texts.js';
import { plainHttpClient } from '../../http-client/http-client-config.js';
import type { Output, OutputStatus } from '../../outputs/output.js';
import type { RemoteWriteOptions } from '../../outputs/remote-write/remote-write-options.js';
import type { ScrapeBatch } from '../../outputs/scrape-batch.js';
import { defaultScrapeJob, type ScrapeJob } from '../../targets/scrape-job.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { busyMemory } from '../busy-target.js';
import type { FromShard } from '../messages.js';
import type { SeriesLimits } from '../series/series-budget.js';
import type { TargetPlan } from '../target-plan.js';
import { RemoteResolver } from '../threads/remote-resolver.js';
import { Shard } from './shard.js';
import { ShardOutputs } from './shard-outputs.js';

// A real shard between loopback exporters and an output that keeps what it gets.

const servers: Server[] = [];
const shards: Shard[] = [];

/** Ends all that was started here: for `afterEach`. */
export async function cleanUp(): Promise<void> {
  for (const shard of shards.splice(0)) await shard.close(0);
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}

/** A batch as plain data: series text to value; `null` is a stale marker. */
export interface Taken {
  readonly timestampMs: number;
  readonly layout: number;
  readonly samples: Record<string, number | null>;
}

export class RecordingOutput implements Output {
  readonly name = 'recording';
  readonly memoryBytes: number = 0;
  readonly hasRoom: boolean = true;
  readonly taken: Taken[] = [];
  readonly forgotten: string[] = [];

  append(batch: ScrapeBatch): void {
    const samples: Record<string, number | null> = {};
    for (let i = 0; i < batch.count; i++) {
      samples[seriesText(batch.series.labelBytes(batch.refs[i]!))] = batch.values[i]!;
    }
    for (let i = 0; i < batch.staleCount; i++) {
      samples[seriesText(batch.series.labelBytes(batch.staleRefs[i]!))] = null;
    }
    this.taken.push({ timestampMs: batch.timestampMs, layout: batch.layout, samples });
  }

  async flush(): Promise<void> {}

  makeRoom(_bytes: number): void {}

  forget(targetId: string): void {
    this.forgotten.push(targetId);
  }

  status(): OutputStatus {
    throw new Error('not asked in these tests');
  }

  async close(): Promise<void> {}
}

/** Every label is shorter than 128 bytes here, so that each length is one byte. */
function seriesText(bytes: Uint8Array): string {
  const labels: string[] = [];
  const buffer = Buffer.from(bytes);
  let name = '';
  for (let at = 0; at < buffer.length; at += 2 + buffer[at + 1]!) {
    const nameLength = buffer[at + 3]!;
    const key = buffer.toString('utf8', at + 4, at + 4 + nameLength);
    const valueAt = at + 4 + nameLength + 2;
    const value = buffer.toString('utf8', valueAt, valueAt + buffer[valueAt - 1]!);
    if (key === '__name__') name = value;
    else if (key !== 'job' && key !== 'instance') labels.push(`${key}=${value}`);
  }
  return labels.length === 0 ? name : `${name}{${labels.join(',')}}`;
}

export const job: ScrapeJob = {
  ...defaultScrapeJob,
  name: 'j',
  http: plainHttpClient,
  scrapeProtocols: ['PrometheusText0.0.4'],
};

export const textType = { 'content-type': 'text/plain; version=0.0.4' };

export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

export function start(
  jobPatch: Partial<ScrapeJob> = {},
  threadMemoryBytes = 1e9,
  clock = new ManualClock(1_000_000),
  limits: Partial<SeriesLimits> = {},
  realOutput?: Output,
) {
  const output = Object.assign(new RecordingOutput(), { status: () => ({}) as OutputStatus });
  const outputs = new ShardOutputs(() => realOutput ?? output);
  outputs.configure([{} as RemoteWriteOptions]);
  const posted: FromShard[] = [];
  const shard = new Shard({
    boot: {
      externalLabels: {},
      remoteWrites: [],
      threadMemoryBytes,
      seriesLimits: { total: 0, perJob: 0, perTarget: 0, ...limits },
      userAgent: 'test',
      allowLinkLocalRedirects: false,
      fileLock: new SharedArrayBuffer(4),
      queue: undefined,
      agentId: 'test',
    },
    clock,
    outputs,
    resolver: new RemoteResolver(() => {}),
    http: { clock, files: new FileTexts(clock, { run: (task) => task() }), userAgent: 'test' },
    busy: busyMemory(),
    post: (message) => posted.push(message),
  });
  shards.push(shard);
  shard.handle({ type: 'jobs', jobs: [{ key: 'j', job: { ...job, ...jobPatch } }] });
  const plan = (url: string, patch: Partial<TargetPlan> = {}): TargetPlan => ({
    id: '00000000000000aa',
    job: 'j',
    url,
    labels: [
      ['instance', 'h'],
      ['job', 'j'],
    ],
    intervalMs: 1000,
    timeoutMs: 1000,
    phaseMs: 0,
    source: 'http',
    ...patch,
  });
  /** Moves to the next tick and waits, in real time, for its batch. */
  const tick = async (): Promise<Taken> => {
    const before = output.taken.length;
    await clock.advance(1000);
    while (output.taken.length === before) await new Promise((resolve) => setImmediate(resolve));
    return output.taken.at(-1)!;
  };
  const loop = () => [...shard.loops][0]!;
  return { clock, shard, output, posted, plan, tick, loop };
}

/** Serves the given bodies in turn; the last one for ever. */
export function bodies(...all: (string | { status: number })[]): RequestListener {
  return (_request, response) => {
    const body = all.length > 1 ? all.shift()! : all[0]!;
    if (typeof body === 'string') response.writeHead(200, textType).end(body);
    else response.writeHead(body.status).end();
  };
}

export const synthetic = (up: number, scraped: number, post: number, added: number) => ({
  up,
  scrape_samples_scraped: scraped,
  scrape_samples_post_metric_relabeling: post,
  scrape_series_added: added,
  scrape_duration_seconds: expect.any(Number),
});
