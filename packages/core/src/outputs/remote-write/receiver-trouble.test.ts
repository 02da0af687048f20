import type { LookupFunction } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  append,
  clock,
  counts,
  listenAt,
  make,
  receiver,
  until,
  valuesOf,
} from './remote-write-scene.contract.js';
import type { Answer } from './write-receiver.contract.js';

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
    await listenAt(url);
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
