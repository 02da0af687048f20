import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { uncompress } from 'snappyjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileTexts } from '../../http-client/file-texts.js';
import { plainHttpClient } from '../../http-client/http-client-config.js';
import type { Labels } from '../../model/labels.js';
import type { RelabelRule } from '../../relabel/rule.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { madeSeries, toBatch } from '../made-batch.contract.js';
import type { ScrapeBatch } from '../scrape-batch.js';
import {
  type DecodedRequest,
  decodeVersion1,
  decodeVersion2,
} from '../wire/write-messages.contract.js';
import { RemoteWrite } from './remote-write.js';
import type { RemoteWriteOptions, RemoteWriteQueueOptions } from './remote-write-options.js';

interface Received extends DecodedRequest {
  readonly version: 1 | 2;
  readonly headers: IncomingHttpHeaders;
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

let server: Server;
let received: Received[];
let answer: (request: Received) => Answer;
let clock: ManualClock;
let lines: string[];
let output: RemoteWrite | undefined;

beforeEach(async () => {
  received = [];
  lines = [];
  clock = new ManualClock(1_790_000_000_000);
  answer = taking;
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const message = uncompress(Buffer.concat(chunks));
      const version = request.headers['content-type']?.includes('v2.Request') ? 2 : 1;
      const decoded = version === 2 ? decodeVersion2(message) : decodeVersion1(message);
      const one: Received = { ...decoded, version, headers: request.headers };
      received.push(one);
      const { status, headers = {}, body = '' } = answer(one);
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  if (output !== undefined) await drive(output.close(0));
  output = undefined;
  server.closeAllConnections();
  server.close();
  expect(clock.pendingTimers).toBe(0);
});

/** A good receiver of either version. */
function taking({ series, version }: Received): Answer {
  const written = String(series.length);
  const headers = { 'X-Prometheus-Remote-Write-Samples-Written': written };
  return { status: 204, ...(version === 2 && { headers }) };
}

function make(
  options: Partial<RemoteWriteOptions> = {},
  queue: Partial<RemoteWriteQueueOptions> = {},
): RemoteWrite {
  const { port } = server.address() as AddressInfo;
  const log = (fields: object, message: string) =>
    lines.push(`${message} ${JSON.stringify(fields)}`);
  output = new RemoteWrite(
    {
      name: 'out',
      url: `http://127.0.0.1:${port}/`,
      remoteTimeoutMs: 30_000,
      headers: {},
      http: plainHttpClient,
      queue: {
        capacity: 100_000,
        maxShards: 1,
        maxSamplesPerSend: 100,
        batchSendDeadlineMs: 5000,
        minBackoffMs: 30,
        maxBackoffMs: 5000,
        retryOnHttp429: true,
        ...queue,
      },
      ...options,
    },
    {
      clock,
      logger: { debug: log, info: log, warn: log, error: log },
      http: { clock, files: new FileTexts(clock, { run: (task) => task() }), userAgent: 'x/1' },
      queueBytes: 1e8,
    },
  );
  return output;
}

function append(labels: readonly Labels[], value: number, more: Partial<ScrapeBatch> = {}): void {
  const samples = labels.map((one) => ({ labels: one, value }));
  const made = { targetId: 't', timestampMs: clock.nowMs() + value, layout: 1, samples };
  output!.append({ ...toBatch(made), ...more });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Time passes, so many milliseconds a turn, until the condition holds. */
async function pass(stepMs: number, condition: () => boolean): Promise<void> {
  while (!condition()) {
    await clock.advance(stepMs);
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function drive(promise: Promise<void>): Promise<void> {
  let isSettled = false;
  void promise.finally(() => {
    isSettled = true;
  });
  while (!isSettled) await clock.advance(1);
}

function counts() {
  const { samplesAppended, samplesSent, samplesDropped, queueSamples } = output!.status();
  const dropped = Object.values(samplesDropped).reduce((sum, one) => sum + one, 0);
  expect(samplesAppended).toBe(samplesSent + dropped + queueSamples);
  return { sent: samplesSent, rejected: samplesDropped.rejected, queued: queueSamples };
}

const floatOf = (bits: bigint) => new Float64Array(BigUint64Array.of(bits).buffer)[0]!;

/** What the receiver took, each series' values in the order they came. */
function taken(isTaken: (request: Received) => boolean): Map<string, number[]> {
  const bySeries = new Map<string, number[]>();
  for (const { series } of received.filter(isTaken)) {
    for (const { labels, samples } of series) {
      const key = labels.map(([, value]) => value).join(' ');
      const values = samples.map(({ bits }) => floatOf(bits));
      bySeries.set(key, [...(bySeries.get(key) ?? []), ...values]);
    }
  }
  return bySeries;
}

describe('a receiver that knows 1.0 alone', () => {
  it.each<[string, Answer]>([
    ['refuses the media type', { status: 415, body: 'what is this' }],
    ['takes 2.0 for an empty message', { status: 200 }],
  ])('and %s gets all samples as 1.0, in order', async (_name, of2) => {
    answer = (request) => (request.version === 2 ? of2 : { status: 204 });
    make({ version: 2 });
    const series = madeSeries('m', 100);
    for (const value of [1, 2, 3]) append(series, value);
    await until(() => output!.status().samplesSent === 300);
    append(series, 4);
    await until(() => output!.status().samplesSent === 400);
    expect(received.map(({ version }) => version)).toEqual([2, 1, 1, 1, 1]);
    const all = taken(({ version }) => version === 1);
    expect(all.size).toBe(100);
    for (const values of all.values()) expect(values).toEqual([1, 2, 3, 4]);
    expect(lines.filter((line) => line.includes('does not know 2.0'))).toHaveLength(1);
  });
});

describe('a receiver that refuses one series', () => {
  const hasBad = ({ series }: Received) =>
    series.some(({ labels }) => labels.some(([, value]) => value === '37'));

  it.each([400, 413, 422])('by %d gets all others', async (status) => {
    answer = (request) => (hasBad(request) ? { status, body: 'bad index' } : taking(request));
    make();
    append(madeSeries('m', 100), 1);
    await until(() => output!.status().queueSamples === 0);
    expect(counts()).toEqual({ sent: 99, rejected: 1, queued: 0 });
    expect(received.length).toBeLessThanOrEqual(33);
    expect(taken((request) => !hasBad(request)).size).toBe(99);
    expect(output!.status().lastError).toContain('bad index');
  });

  it('again and again costs one request in a hundred at most', async () => {
    answer = (request) => (hasBad(request) ? { status: 400 } : taking(request));
    make();
    for (let value = 1; value <= 50; value++) append(madeSeries('m', 100), value);
    await until(() => output!.status().queueSamples === 0);
    expect(received.length).toBeLessThanOrEqual(50 + 32 + 1);
    expect(counts().rejected).toBeGreaterThan(40);
  });

  it('in a request of 2.0 says how much it has written', async () => {
    const headers = { 'X-Prometheus-Remote-Write-Samples-Written': '99' };
    answer = () => ({ status: 400, headers, body: 'out of order' });
    make({ version: 2 });
    append(madeSeries('m', 100), 1);
    await until(() => output!.status().queueSamples === 0);
    expect(counts()).toEqual({ sent: 99, rejected: 1, queued: 0 });
    expect(received).toHaveLength(1);
  });

  it('as too old is told of once, with the clocks', async () => {
    answer = () => ({ status: 400, body: 'sample is too old' });
    make();
    for (const value of [1, 2]) append(madeSeries('m', 100), value);
    await until(() => output!.status().queueSamples === 0);
    expect(lines.filter((line) => line.includes('compare the clocks'))).toHaveLength(1);
  });

  it('by 500 gets all others after five minutes', async () => {
    answer = (request) => (hasBad(request) ? { status: 500 } : taking(request));
    make();
    append(madeSeries('m', 100), 1);
    append(madeSeries('other', 30), 1, { targetId: 'u' });
    await pass(1000, () => counts().sent === 129);
    expect(counts()).toEqual({ sent: 129, rejected: 0, queued: 1 });
    const startMs = clock.monotonicMs();
    append(madeSeries('other', 30), 2, { targetId: 'u' });
    await pass(1000, () => counts().sent === 159);
    expect(clock.monotonicMs() - startMs).toBeLessThan(60_000);
    // It is tried on, and taken when the receiver is well again.
    answer = taking;
    await pass(1000, () => counts().queued === 0);
    expect(counts()).toEqual({ sent: 160, rejected: 0, queued: 0 });
  });

  it('and all others by 500 has an outage: order is kept, nothing is taken apart', async () => {
    answer = () => ({ status: 500 });
    make();
    for (const value of [1, 2, 3]) append(madeSeries('m', 100), value);
    const startMs = clock.monotonicMs();
    await pass(5000, () => clock.monotonicMs() - startMs > 20 * 60_000);
    expect(new Set(received.map(({ series }) => series.length))).toEqual(new Set([100]));
    const failed = received.length;
    answer = taking;
    await pass(1000, () => counts().queued === 0);
    expect(counts()).toEqual({ sent: 300, rejected: 0, queued: 0 });
    const all = received.slice(failed).map(({ series }) => floatOf(series[0]!.samples[0]!.bits));
    expect(all).toEqual([1, 2, 3]);
  });
});

describe('write_relabel_configs', () => {
  const rule = (patch: Partial<RelabelRule>): RelabelRule => ({
    sourceLabels: [],
    separator: ';',
    regex: '(.*)',
    modulus: 0,
    targetLabel: '',
    replacement: '$1',
    action: 'replace',
    ...patch,
  });

  it.each([1, 2] as const)('drop and change series and their markers, %d.0', async (version) => {
    const writeRelabelRules = [
      rule({ sourceLabels: ['index'], regex: '[2-9]', action: 'drop' }),
      rule({ targetLabel: 'zone', replacement: 'z', regex: '(.*)' }),
      rule({ regex: 'instance', action: 'labeldrop' }),
    ];
    make({ version, writeRelabelRules }, { maxSamplesPerSend: 2 });
    const series = madeSeries('m', 5);
    append(series, 1);
    append(series, 2);
    const stale = madeSeries('m', 5).slice(1, 4);
    const made = { targetId: 't', timestampMs: clock.nowMs() + 3, layout: 1, samples: [], stale };
    output!.append(toBatch(made));
    append(madeSeries('n', 2), 4, { layout: 2 });
    const flushed = output!.flush();
    await drive(flushed);
    expect(output!.status().samplesAppended).toBe(7);
    const all = received.flatMap((request) => request.series);
    expect(all.map(({ labels }) => labels.map((pair) => pair.join('=')).join(' '))).toEqual([
      '__name__=m index=0 zone=z',
      '__name__=m index=1 zone=z',
      '__name__=m index=0 zone=z',
      '__name__=m index=1 zone=z',
      '__name__=m index=1 zone=z',
      '__name__=n index=0 zone=z',
      '__name__=n index=1 zone=z',
    ]);
    expect(all[4]!.samples[0]!.bits).toBe(0x7ff0000000000002n);
  });
});

describe('metadata of 1.0', () => {
  it('goes out apart, at its interval, in requests of so many families', async () => {
    make({ metadata: { sendIntervalMs: 60_000, maxSamplesPerSend: 2 } });
    const families = ['a', 'b', 'c'].map((name) => {
      return [name, { type: 'gauge', help: `Help of ${name}`, unit: '' }] as const;
    });
    const read = () => new Map(families);
    append(madeSeries('m', 100), 1, { families: { version: 1, read } });
    const sent = () => received.filter((request) => request.families.length > 0);
    await pass(1000, () => sent().length === 2);
    expect(sent().map((request) => request.families.length)).toEqual([2, 1]);
    expect(sent()[0]!.families[0]).toEqual({ type: 2, family: 'a', help: 'Help of a', unit: '' });
    const before = clock.monotonicMs();
    await pass(1000, () => sent().length === 4);
    expect(clock.monotonicMs() - before).toBeGreaterThan(50_000);
    output!.forget('t');
    await clock.advance(120_000);
    expect(sent()).toHaveLength(4);
  });
});
