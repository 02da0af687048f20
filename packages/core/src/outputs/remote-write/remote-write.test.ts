import { existsSync, readFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileTexts } from '../../http-client/file-texts.js';
import { plainHttpClient } from '../../http-client/http-client-config.js';
import type { LogLevel } from '../../logger.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { expectedSamples, type MadeBatch, madeSeries, toBatch } from '../made-batch.contract.js';
import { RemoteWrite } from './remote-write.js';
import type { RemoteWriteOptions, RemoteWriteQueueOptions } from './remote-write-options.js';
import { type Answer, type ReceivedRequest, WriteReceiver } from './write-receiver.contract.js';

const wireRules = new URL(
  '../../../../../../shared/conformance/remote_write_sender_wire.json',
  import.meta.url,
);
const queueDefaults: RemoteWriteQueueOptions = {
  capacity: 10_000,
  maxShards: 50,
  maxSamplesPerSend: 2000,
  batchSendDeadlineMs: 5000,
  minBackoffMs: 30,
  maxBackoffMs: 5000,
  retryOnHttp429: true,
};

interface Made {
  url?: string;
  lookup?: LookupFunction;
  queue?: Partial<RemoteWriteQueueOptions>;
  options?: Partial<RemoteWriteOptions>;
  queueBytes?: number;
}

let receiver: WriteReceiver;
let clock: ManualClock;
let lines: string[];
let outputs: RemoteWrite[];

beforeEach(async () => {
  receiver = await WriteReceiver.listen();
  clock = new ManualClock();
  lines = [];
  outputs = [];
});

afterEach(async () => {
  await Promise.all([...outputs.map((output) => drive(output.close(0))), receiver.close()]);
  expect(clock.pendingTimers).toBe(0);
});

function make(made: Made = {}): RemoteWrite {
  const { url = receiver.url, queue, options, queueBytes = 1e8, lookup } = made;
  const at = (level: LogLevel) => (fields: object, message: string) =>
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const output = new RemoteWrite(
    {
      name: 'out',
      url,
      remoteTimeoutMs: 30_000,
      headers: {},
      http: plainHttpClient,
      queue: { ...queueDefaults, ...queue },
      ...options,
    },
    {
      clock,
      logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
      http: {
        clock,
        files: new FileTexts(clock, { run: (task) => task() }),
        userAgent: 'prom-agent/1.2.3',
        ...(lookup && { lookup }),
      },
      queueBytes,
    },
  );
  outputs.push(output);
  return output;
}

/** Appends one tick of a target: `count` series, each with the value `value`. */
function append(output: RemoteWrite, count: number, value = 1, targetId = 'target'): MadeBatch {
  const samples = madeSeries(targetId, count).map((labels) => ({ labels, value }));
  const timestampMs = clock.nowMs() + value;
  const made = { targetId, timestampMs, layout: count, samples };
  output.append(toBatch(made));
  return made;
}

/** Lets sockets do their work until the condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Time passes, a millisecond a turn, until the promise settles. */
async function drive<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const done = promise.finally(() => {
    isSettled = true;
  });
  while (!isSettled) await clock.advance(1);
  return done;
}

type Fate = 'sent' | 'queued' | 'queue_full' | 'rejected' | 'closed';
type Counts = { readonly [fate in Fate]?: number };

/** The whole of what became of the samples; it always adds up. */
function counts(output: RemoteWrite): Counts {
  const { samplesAppended, samplesSent, samplesDropped, queueSamples } = output.status();
  const { queue_full, rejected, closed } = samplesDropped;
  expect(samplesAppended).toBe(samplesSent + queue_full + rejected + closed + queueSamples);
  const all = { sent: samplesSent, queued: queueSamples, queue_full, rejected, closed };
  return Object.fromEntries(Object.entries(all).filter(([, samples]) => samples > 0));
}

function valuesOf(request: ReceivedRequest | undefined): number[] {
  const bits = new BigUint64Array(request?.samples.map((sample) => sample.bits) ?? []);
  return [...new Set(new Float64Array(bits.buffer))];
}

describe('a request', () => {
  it('is one of remote write 1.0', async () => {
    const output = make();
    const made = append(output, 3);
    await drive(output.close(10_000));
    const [request] = receiver.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/api/v1/write' });
    expect(request?.samples).toEqual(expectedSamples(made));
    expect(request?.headers).toEqual({
      host: new URL(receiver.url).host,
      'content-encoding': 'snappy',
      'content-length': String(request?.bodyBytes),
      'content-type': 'application/x-protobuf',
      'user-agent': 'prom-agent/1.2.3',
      'x-prometheus-remote-write-version': '0.1.0',
    });
  });

  it.skipIf(!existsSync(wireRules))("has the headers of Prometheus' own (recorded)", async () => {
    const output = make();
    append(output, 3);
    await drive(output.close(10_000));
    const rules = JSON.parse(readFileSync(wireRules, 'utf8')) as {
      headers: { v1: Record<string, string> };
    };
    for (const [name, value] of Object.entries(rules.headers.v1)) {
      if (name === 'User-Agent') continue;
      expect(receiver.requests[0]?.headers[name.toLowerCase()]).toBe(value);
    }
  });

  it('carries user headers, but not in place of its own', async () => {
    const headers = {
      'X-Scope-OrgID': 'team',
      'Content-Type': 'text/plain',
      'user-agent': 'curl',
      'Retry-Attempt': '9',
      'X-PROMETHEUS-Remote-Write-Version': '2.0.0',
    };
    const output = make({ options: { headers } });
    append(output, 1);
    await drive(output.close(10_000));
    const received = receiver.requests[0]?.headers ?? {};
    expect(received['x-scope-orgid']).toBe('team');
    expect(received['content-type']).toBe('application/x-protobuf');
    expect(received['user-agent']).toBe('prom-agent/1.2.3');
    expect(received['x-prometheus-remote-write-version']).toBe('0.1.0');
    expect(received['retry-attempt']).toBeUndefined();
  });

  it('keeps path and query of the URL, and makes its credentials a header', async () => {
    const url = `${receiver.url.replace('http://', 'http://us%40er:p%3Ass%25word@')}?tenant=a`;
    const output = make({ url });
    append(output, 1);
    await drive(output.close(10_000));
    expect(receiver.requests[0]?.path).toBe('/api/v1/write?tenant=a');
    const basic = `Basic ${Buffer.from('us@er:p:ss%word').toString('base64')}`;
    expect(receiver.requests[0]?.headers.authorization).toBe(basic);
  });
});

describe('a batch leaves', () => {
  it('as soon as it has the samples it may have, over one connection', async () => {
    const output = make({ queue: { maxSamplesPerSend: 100 } });
    for (let i = 1; i <= 10; i++) append(output, 50, i);
    await until(() => output.status().samplesSent === 500);
    expect(receiver.requests.map((request) => request.samples.length)).toEqual([
      100, 100, 100, 100, 100,
    ]);
    expect(receiver.openSockets).toBe(1);
    expect(counts(output)).toEqual({ sent: 500 });
  });

  it('when its first sample has waited for the deadline', async () => {
    const output = make();
    append(output, 10, 1);
    await clock.advance(3000);
    append(output, 10, 2);
    await clock.advance(1999);
    expect(receiver.requests).toHaveLength(0);
    await clock.advance(1);
    await until(() => output.status().samplesSent === 20);
    append(output, 10, 3);
    await clock.advance(4999);
    expect(counts(output)).toEqual({ sent: 20, queued: 10 });
    await clock.advance(1);
    await until(() => output.status().samplesSent === 30);
    expect(receiver.requests.map(valuesOf)).toEqual([[1, 2], [3]]);
  });

  it('at its deadline too when it came while another was on its way', async () => {
    let release = (): void => {};
    receiver.answer = () =>
      new Promise((resolve) => {
        release = () => resolve({ status: 204 });
      });
    const output = make({ queue: { maxSamplesPerSend: 10 } });
    append(output, 10, 1);
    append(output, 1, 2);
    await until(() => receiver.requests.length === 1);
    await clock.advance(1000);
    release();
    await until(() => output.status().samplesSent === 10);
    await clock.advance(4000);
    await until(() => receiver.requests.length === 2);
    release();
    await until(() => output.status().samplesSent === 11);
  });

  it('no larger than a shard may hold, when that is less', async () => {
    const output = make({ queue: { capacity: 30, maxSamplesPerSend: 2000 } });
    append(output, 60, 1);
    await until(() => output.status().samplesSent >= 30);
    expect(receiver.requests[0]?.samples.length).toBeLessThanOrEqual(30);
    expect(counts(output).queue_full).toBeUndefined();
  });
});

describe('flush', () => {
  it('sends what waits for company, once, and ends when all of it has arrived', async () => {
    const output = make();
    await output.flush();
    append(output, 10, 1);
    await output.flush();
    expect(counts(output)).toEqual({ sent: 10 });
    append(output, 10, 2);
    await clock.advance(4000);
    expect(counts(output)).toEqual({ sent: 10, queued: 10 });
  });

  it('ends when the output is closed on a receiver that takes nothing', async () => {
    receiver.answer = () => ({ status: 503 });
    const output = make();
    append(output, 10, 1);
    const flushed = output.flush();
    await drive(output.close(100));
    await flushed;
    expect(counts(output)).toEqual({ closed: 10 });
  });
});

describe('a receiver that', () => {
  const retried: [name: string, answer: Answer, error: string][] = [
    ['answers 500', { status: 500, body: 'ingester down\n' }, 'HTTP 500: ingester down'],
    ['answers 503', { status: 503 }, 'HTTP 503: '],
    ['answers 429', { status: 429, body: 'slow down' }, 'HTTP 429: slow down'],
    ['resets the connection', 'reset', 'read ECONNRESET'],
    ['cuts a refusal short', { status: 500, body: 'oh', cut: true }, 'HTTP 500: oh'],
  ];
  it.each(retried)(
    '%s gets the same again, before anything newer',
    async (_name, answer, error) => {
      receiver.answer = (_request, n) => (n < 3 ? answer : { status: 204 });
      const output = make({ queue: { maxSamplesPerSend: 10 } });
      for (const value of [1, 2, 3]) append(output, 10, value);
      await until(() => output.status().samplesRetried === 10);
      expect(output.status().lastError).toBe(error);
      expect(counts(output)).toEqual({ queued: 30 });
      await clock.advance(29);
      expect(receiver.requests).toHaveLength(1);
      await clock.advance(1);
      await until(() => output.status().samplesRetried === 20);
      await clock.advance(60);
      await until(() => output.status().samplesRetried === 30);
      await clock.advance(120);
      await until(() => output.status().samplesSent === 30);
      expect(receiver.requests.map(valuesOf)).toEqual([[1], [1], [1], [1], [2], [3]]);
      const attempts = receiver.requests.map((request) => request.headers['retry-attempt']);
      expect(attempts).toEqual([undefined, '1', '2', '3', undefined, undefined]);
      const { requestsSent, bytesSent, lastError } = output.status();
      expect(requestsSent).toBe(6);
      expect(bytesSent).toBe(
        receiver.requests.reduce((sum, request) => sum + request.bodyBytes, 0),
      );
      expect(lastError).toBe('');
    },
  );

  it('fails anew after a success is asked again as soon as at first', async () => {
    receiver.answer = (_request, n) => ({ status: n === 4 ? 204 : 500 });
    const output = make({ queue: { maxSamplesPerSend: 10 } });
    for (const value of [1, 2]) append(output, 10, value);
    for (const [retried, waitMs] of [30, 60, 120, 240].entries()) {
      await until(() => output.status().samplesRetried === 10 * (retried + 1));
      await clock.advance(waitMs);
    }
    await until(() => output.status().samplesSent === 10);
    await until(() => output.status().samplesRetried === 50);
    await clock.advance(30);
    await until(() => output.status().samplesRetried === 60);
    expect(receiver.requests.map(valuesOf)).toEqual([[1], [1], [1], [1], [1], [2], [2]]);
  });

  it('is found too late gets no request that was given up meanwhile', async () => {
    const waiting: (() => void)[] = [];
    const { port } = new URL(receiver.url);
    const lookup: LookupFunction = (_name, _options, callback) => {
      waiting.push(() => callback(null, [{ address: '127.0.0.1', family: 4 }]));
    };
    const url = `http://receiver.test:${port}/api/v1/write`;
    const output = make({ url, lookup, queue: { maxSamplesPerSend: 10 } });
    append(output, 10);
    await until(() => waiting.length === 1);
    await clock.advance(30_000);
    expect(output.status().samplesRetried).toBe(10);
    await clock.advance(30);
    await until(() => {
      waiting.shift()?.();
      return output.status().samplesSent === 10;
    });
    expect(receiver.requests.map((request) => request.headers['retry-attempt'])).toEqual(['1']);
  });

  it('never answers is given up after remote_timeout and asked again', async () => {
    receiver.answer = (_request, n) => (n === 0 ? 'hang' : { status: 204 });
    const output = make({ queue: { maxSamplesPerSend: 10 } });
    append(output, 10);
    await until(() => receiver.requests.length === 1);
    await clock.advance(29_999);
    expect(output.status().samplesRetried).toBe(0);
    await clock.advance(1);
    expect(output.status().lastError).toBe('no answer within remote_timeout (30000 ms)');
    await clock.advance(30);
    await until(() => output.status().samplesSent === 10);
    await until(() => receiver.openSockets === 1);
  });

  it('takes the samples but does not end its answer has them', async () => {
    receiver.answer = () => ({ status: 200, body: 'ok', cut: true });
    const output = make({ queue: { maxSamplesPerSend: 10 } });
    append(output, 10);
    await until(() => output.status().samplesSent === 10);
    expect(receiver.requests).toHaveLength(1);
  });

  it('never ends its answer is not read to the end', async () => {
    receiver.answer = () => ({ status: 400, body: 'x'.repeat(10_000_000) });
    const output = make({ queue: { maxSamplesPerSend: 10 } });
    append(output, 10);
    await until(() => output.status().samplesDropped.rejected === 10);
    expect(output.status().lastError).toBe(`HTTP 400: ${'x'.repeat(512)}`);
  });

  it('is not there gets the samples when it comes', async () => {
    const { url } = receiver;
    await receiver.close();
    const output = make({ url, queue: { maxSamplesPerSend: 10 } });
    append(output, 10);
    await until(() => output.status().samplesRetried === 10);
    expect(output.status().lastError).toContain('ECONNREFUSED');
    receiver = await WriteReceiver.listen(Number(new URL(url).port));
    await clock.advance(30);
    await until(() => output.status().samplesSent === 10);
  });

  it('says when to come again is left alone until then', async () => {
    const date = new Date(clock.nowMs() + 60_000).toUTCString();
    receiver.answer = (_request, n) =>
      [
        { status: 429, headers: { 'retry-after': '120' } },
        { status: 503, headers: { 'retry-after': date } },
      ][n] ?? { status: 204 };
    const output = make({ queue: { maxSamplesPerSend: 10 } });
    append(output, 10);
    await until(() => output.status().samplesRetried === 10);
    await clock.advance(119_999);
    expect(receiver.requests).toHaveLength(1);
    // The date is past by then: the ordinary backoff rules.
    await clock.advance(1);
    await until(() => output.status().samplesRetried === 20);
    await clock.advance(60);
    await until(() => output.status().samplesSent === 10);
  });

  const refused: [name: string, answer: Answer][] = [
    ['answers 404', { status: 404 }],
    ['redirects to a GET', { status: 302, headers: { location: '/elsewhere' } }],
    ['cuts a refusal short', { status: 403, body: 'bad', cut: true }],
  ];
  it.each(refused)('%s loses that batch alone, counted', async (_name, answer) => {
    receiver.answer = (_request, n) => (n === 1 ? answer : { status: 204 });
    const output = make({ queue: { maxSamplesPerSend: 10 } });
    for (const value of [1, 2, 3]) append(output, 10, value);
    await until(() => output.status().queueSamples === 0);
    expect(counts(output)).toEqual({ sent: 20, rejected: 10 });
    expect(receiver.requests.map(valuesOf)).toEqual([[1], [2], [3]]);
  });

  it('answers 429 loses samples when that is not to be retried', async () => {
    receiver.answer = () => ({ status: 429 });
    const output = make({ queue: { maxSamplesPerSend: 10, retryOnHttp429: false } });
    append(output, 10);
    await until(() => output.status().samplesDropped.rejected === 10);
  });
});

describe('a full queue', () => {
  it('makes room when the thread needs its memory: the oldest goes first, counted', async () => {
    receiver.answer = () => ({ status: 503 });
    const output = make({ queue: { maxSamplesPerSend: 100 } });
    for (let value = 1; value <= 50; value++) append(output, 100, value);
    const before = output.memoryBytes;
    output.makeRoom(before / 2);
    expect(output.memoryBytes).toBeLessThan(before);
    const { queued = 0, queue_full = 0 } = counts(output);
    expect(queue_full).toBeGreaterThan(0);
    expect(queued + queue_full).toBe(5000);
    output.makeRoom(Number.MAX_SAFE_INTEGER);
    // What is on the wire stays.
    expect(counts(output).queued).toBe(100);
  });

  it('drops the oldest that waits, counted, and logs it once', async () => {
    receiver.answer = (_request, n) => (n < 2 ? 'hang' : { status: 204 });
    const output = make({ queue: { maxSamplesPerSend: 10, capacity: 30, maxShards: 1 } });
    for (let value = 1; value <= 6; value++) append(output, 10, value);
    expect(counts(output)).toEqual({ queued: 30, queue_full: 30 });
    append(output, 10, 7);
    expect(counts(output)).toEqual({ queued: 30, queue_full: 40 });
    expect(lines.filter((line) => line.includes('queue is full'))).toHaveLength(1);
    await until(() => receiver.requests.length === 1);
    receiver.answer = () => ({ status: 204 });
    await clock.advance(30_030);
    await until(() => output.status().samplesSent === 30);
    expect(receiver.requests.map(valuesOf)).toEqual([[1], [1], [6], [7]]);
  });

  it('is bounded in bytes', () => {
    receiver.answer = () => 'hang';
    const output = make({ queueBytes: 100_000 });
    for (let i = 0; i < 100; i++) append(output, 200);
    expect(output.status().queueBytes).toBeLessThanOrEqual(100_000);
    expect(counts(output).queue_full).toBeGreaterThan(10_000);
  });
});

describe('close', () => {
  it('sends what waits for company at once, and leaves no socket', async () => {
    const output = make();
    append(output, 10);
    const closed = output.close(10_000);
    await drive(closed);
    expect(counts(output)).toEqual({ sent: 10 });
    await until(() => receiver.openSockets === 0);
    expect(output.close(0)).toBe(closed);
  });

  it('keeps trying until the deadline, then counts the rest as closed', async () => {
    receiver.answer = (_request, n) => (n === 0 ? { status: 500 } : 'hang');
    const output = make({ queue: { maxSamplesPerSend: 10 } });
    for (const value of [1, 2]) append(output, 10, value);
    append(output, 5, 3);
    const closed = output.close(10_000);
    append(output, 7, 4);
    expect(counts(output)).toEqual({ queued: 25, closed: 7 });
    await until(() => output.status().samplesRetried === 10);
    await clock.advance(30);
    await until(() => receiver.requests.length === 2);
    await clock.advance(9969);
    expect(counts(output)).toEqual({ queued: 25, closed: 7 });
    await clock.advance(1);
    await closed;
    expect(counts(output)).toEqual({ closed: 32 });
    await until(() => receiver.openSockets === 0);
    append(output, 1, 5);
    expect(counts(output)).toEqual({ closed: 33 });
  });

  it('ends a backoff', async () => {
    receiver.answer = () => ({ status: 500, headers: { 'retry-after': '3600' } });
    const output = make({ queue: { maxSamplesPerSend: 10 } });
    append(output, 10);
    await until(() => output.status().samplesRetried === 10);
    const closed = output.close(100);
    await clock.advance(100);
    await closed;
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not wait for a connection that is never made', async () => {
    // TEST-NET-1 (RFC 5737): no host, no answer.
    const output = make({ url: 'http://192.0.2.1:9/write', queue: { maxSamplesPerSend: 10 } });
    append(output, 10);
    const closed = output.close(5);
    await clock.advance(5);
    await closed;
    expect(counts(output)).toEqual({ closed: 10 });
    await until(() => !process.getActiveResourcesInfo().includes('TCPSocketWrap'));
  });
});

describe('shards', () => {
  /** A receiver that answers only when told. */
  function held(): { release: () => void; waiting: () => number } {
    let waiting: ((answer: Answer) => void)[] = [];
    receiver.answer = () => new Promise((resolve) => waiting.push(resolve));
    const release = (): void => {
      for (const resolve of waiting) resolve({ status: 204 });
      waiting = [];
    };
    return { release, waiting: () => waiting.length };
  }

  it('come when one cannot keep up, and no target overtakes itself', async () => {
    const { release, waiting } = held();
    const output = make({ queue: { maxSamplesPerSend: 10, maxShards: 4 } });
    const targets = Array.from({ length: 12 }, (_, i) => `target-${i}`);
    let most = 0;
    for (let round = 1; round <= 40; round++) {
      for (const target of targets) append(output, 10, round, target);
      for (let answers = 0; answers < 3; answers++) {
        await until(() => waiting() > 0);
        await clock.advance(400);
        most = Math.max(most, waiting());
        release();
        await clock.advance(0);
      }
    }
    receiver.answer = () => ({ status: 204 });
    release();
    await until(() => output.status().queueSamples === 0);
    expect(counts(output)).toEqual({ sent: 40 * 12 * 10 });
    expect(most).toBe(4);
    for (const target of targets) {
      const own = receiver.requests.flatMap((request) =>
        valuesOf({
          ...request,
          samples: request.samples.filter(({ labels }) => labels[0]?.[1] === target),
        }),
      );
      expect(own).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    }
    expect(receiver.openSockets).toBe(4);
  });

  it('do not come because the receiver fails', async () => {
    receiver.answer = () => ({ status: 500 });
    const output = make({ queue: { maxSamplesPerSend: 10, maxShards: 4, maxBackoffMs: 30 } });
    for (let i = 1; i <= 20; i++) {
      append(output, 100, i);
      await until(() => receiver.requests.length === i);
      await clock.advance(30);
    }
    expect(receiver.openSockets).toBe(1);
  });
});

describe('append', () => {
  it('survives a series that has no labels to give, and counts what is lost', async () => {
    const output = make();
    append(output, 10);
    const broken = toBatch({
      targetId: 'broken',
      timestampMs: clock.nowMs(),
      layout: 1,
      samples: madeSeries('m', 900).map((labels) => ({ labels, value: 1 })),
    });
    const labelBytes = (ref: number): Uint8Array => {
      if (ref === 700) throw new Error('no such series');
      return broken.series.labelBytes(ref);
    };
    output.append({ ...broken, series: { labelBytes } });
    expect(counts(output)).toEqual({ queued: 10, queue_full: 900 });
    expect(lines[0]).toContain('no such series');
    append(output, 20, 1, 'broken');
    await drive(output.close(1000));
    expect(counts(output)).toEqual({ sent: 30, queue_full: 900 });
  });

  it('forgetting a target frees its templates; what it appended goes out', async () => {
    const output = make();
    append(output, 10, 1, 'other');
    const before = output.memoryBytes;
    append(output, 1000);
    const sent = append(output, 1000, 2);
    const with1000 = output.memoryBytes;
    output.forget('target');
    output.forget('unknown');
    expect(with1000 - output.memoryBytes).toBeGreaterThan(12_000);
    expect(output.memoryBytes).toBeGreaterThan(before);
    await drive(output.close(1000));
    expect(counts(output)).toEqual({ sent: 2010 });
    expect(output.status().highestSentTimestampMs).toBe(sent.timestampMs);
  });
});

it('no secret reaches a log line or the last error', async () => {
  const said = 'bad token s3cr3t-token, user:pa55word, dXNlcjpwYTU1d29yZA==, key=apik3y';
  receiver.answer = (_request, n) => ({ status: n % 2 === 0 ? 500 : 400, body: said });
  const url = `${receiver.url.replace('http://', 'http://user:pa55word@')}?api_key=apik3y`;
  const headers = { 'X-Auth-Token': 's3cr3t-token', 'X-Scope-OrgID': 'token' };
  const output = make({ url, options: { headers }, queue: { maxSamplesPerSend: 10 } });
  append(output, 10);
  await until(() => output.status().samplesRetried === 10);
  const first = output.status().lastError;
  // Pieces of what is refused fail, too, and are tried again.
  while (output.status().samplesDropped.rejected < 10) await clock.advance(1);
  const everything = [first, output.status().lastError, ...lines].join('\n');
  expect(first).toBe('HTTP 500: bad token <secret>, user:<secret>, <secret>, key=<secret>');
  expect(lines).toHaveLength(2);
  for (const secret of ['s3cr3t', 'pa55word', 'dXNlcjpwYTU1d29yZA', 'apik3y']) {
    expect(everything).not.toContain(secret);
  }
});

describe('whatever happens', () => {
  const answers: Answer[] = [
    { status: 204 },
    { status: 200 },
    { status: 500 },
    { status: 429 },
    { status: 400 },
    'reset',
    { status: 503, headers: { 'retry-after': '1' } },
  ];
  const event = fc.oneof(
    fc.record({ samples: fc.integer({ min: 1, max: 40 }), target: fc.nat(3) }),
    fc.record({ advanceMs: fc.integer({ min: 1, max: 3000 }) }),
  );

  it('appended = sent + dropped + queued at any time, and what is sent arrived in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 30 }),
        fc.array(fc.constantFrom(...answers), { minLength: 1, maxLength: 20 }),
        fc.nat(4000),
        async (events, told, deadlineMs) => {
          receiver.requests.length = 0;
          const accepted: ReceivedRequest[] = [];
          receiver.answer = (request, n) => {
            const answer = told[n % told.length]!;
            if (typeof answer !== 'string' && answer.status < 300) accepted.push(request);
            return answer;
          };
          const queue = { maxSamplesPerSend: 16, capacity: 30, maxShards: 3, maxBackoffMs: 500 };
          const output = make({ queue, options: { remoteTimeoutMs: 1e9 } });
          let value = 0;
          for (const one of events) {
            if ('advanceMs' in one) await clock.advance(one.advanceMs);
            else append(output, one.samples, ++value, `t${one.target}`);
            counts(output);
          }
          const closed = output.close(deadlineMs);
          counts(output);
          await drive(closed);
          const after = counts(output);
          expect(after.queued).toBeUndefined();
          const arrived = accepted.reduce((sum, request) => sum + request.samples.length, 0);
          // A request that was on its way at the deadline may have arrived; it counts as closed.
          expect(arrived).toBeGreaterThanOrEqual(after.sent ?? 0);
          expect(arrived).toBeLessThanOrEqual((after.sent ?? 0) + (after.closed ?? 0));
          const times = new Map<string, bigint>();
          for (const { labels, timestampMs } of accepted.flatMap((request) => request.samples)) {
            const series = JSON.stringify(labels);
            expect(timestampMs > (times.get(series) ?? 0n)).toBe(true);
            times.set(series, timestampMs);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a scrape in parts', () => {
  /** Three parts of ten series with one layout; `value` tells the scrape. */
  const partsOf = (value: number, count = 3): MadeBatch[] =>
    Array.from({ length: count }, (_, index) => ({
      targetId: 'target',
      timestampMs: clock.nowMs() + value,
      layout: 1,
      samples: madeSeries(`part_${index}`, 10).map((labels) => ({ labels, value })),
    }));

  const appendParts = (output: RemoteWrite, parts: readonly MadeBatch[]): void => {
    for (const [index, part] of parts.entries()) {
      output.append({ ...toBatch(part), place: { index, count: parts.length } });
    }
  };

  it('comes out in order, each part by templates of its own', async () => {
    const output = make({ queue: { maxSamplesPerSend: 10 } });
    const scrapes = [1, 2, 3, 4].map((value) => partsOf(value));
    const memory: number[] = [];
    for (const parts of scrapes) {
      appendParts(output, parts);
      await until(() => output.status().queueSamples === 0);
      memory.push(output.memoryBytes);
    }
    expect(receiver.samples).toEqual(scrapes.flat().flatMap(expectedSamples));
    // Nothing is built anew.
    expect(memory[3]).toBe(memory[2]);
  });

  it('leaves nothing of the parts that a smaller scrape has no more', async () => {
    const small = make();
    for (const value of [1, 2]) appendParts(small, partsOf(value, 1));
    const output = make();
    for (const value of [1, 2]) appendParts(output, partsOf(value, 5));
    for (const value of [3, 4]) appendParts(output, partsOf(value, 1));
    output.forget('target');
    small.forget('target');
    expect(output.memoryBytes).toBeLessThanOrEqual(small.memoryBytes + 20_000);
  });

  it('finds no room in a queue that is half full, and room again when it is sent', async () => {
    receiver.answer = () => ({ status: 503 });
    const output = make({ queue: { capacity: 100, maxShards: 1, maxSamplesPerSend: 10 } });
    expect(output.hasRoom).toBe(true);
    appendParts(output, partsOf(1, 4));
    expect(output.hasRoom).toBe(true);
    appendParts(output, partsOf(2, 1));
    expect(output.hasRoom).toBe(false);
    receiver.answer = () => ({ status: 204 });
    while (output.status().queueSamples > 0) await clock.advance(1);
    expect(output.hasRoom).toBe(true);
  });
});
