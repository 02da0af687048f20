import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.js';
import { FileTexts } from '../http-client/file-texts.js';
import { Endpoint } from '../outputs/remote-write/send/endpoint.js';
import {
  type ReceivedRequest,
  WriteReceiver,
} from '../outputs/remote-write/write-receiver.contract.js';
import type { WriteVersion } from '../outputs/wire/request-parts.js';
import { samplePoint, wireLabels } from './decode/point.js';
import { Deliverer } from './deliverer.js';
import { FamilyNews } from './family-news.js';
import { parseReceiver } from './parse-replay.js';
import type { PreparedMessage } from './prepare-message.js';
import { RateLimit } from './rate-limit.js';
import { noStats } from './replay-stats.js';
import { writeBody } from './write-body.js';

const never = new AbortController().signal;

function delivererTo(url: string, version: WriteVersion = 1) {
  const stats = noStats();
  const options = parseReceiver(url, undefined);
  const files = new FileTexts(systemClock, { run: (task) => task() });
  const endpoint = new Endpoint(options, { clock: systemClock, files, userAgent: 'test' });
  const words: string[] = [];
  const say = (_: object, message: string): void => {
    words.push(message);
  };
  const deliverer = new Deliverer({
    clock: systemClock,
    logger: { debug: say, info: say, warn: say, error: say },
    endpoint,
    queue: { ...options.queue, minBackoffMs: 1, maxBackoffMs: 2 },
    version,
    stats,
    limit: new RateLimit(systemClock, undefined),
    families: new FamilyNews(version),
  });
  return { deliverer, stats, endpoint, words };
}

/** A scrape of so many series. */
function message(name: string, series: number, timestampMs = 1000): PreparedMessage {
  return {
    offset: '0',
    families: [],
    samples: series,
    series: Array.from({ length: series }, (_, i) => ({
      labels: wireLabels(name, [['i', String(i)]]),
      points: [samplePoint(i, timestampMs)],
      exemplars: [],
      metadata: undefined,
      createdMs: undefined,
    })),
  };
}

const holds = (request: ReceivedRequest, name: string, i?: number): boolean =>
  request.samples.some(({ labels }) => {
    const of = new Map(labels);
    return of.get('__name__') === name && (i === undefined || of.get('i') === String(i));
  });

describe('a receiver of 1.0', () => {
  let receiver: WriteReceiver;
  let made: ReturnType<typeof delivererTo>;
  beforeEach(async () => {
    receiver = await WriteReceiver.listen();
    made = delivererTo(receiver.url);
  });
  afterEach(async () => {
    await made.endpoint.close();
    await receiver.close();
  });

  test('takes many messages in one request, in order', async () => {
    const sent = await made.deliverer.deliver(0, [message('a', 3), message('b', 2)], never);
    expect([sent, receiver.requests.length, receiver.samples.length]).toEqual([true, 1, 5]);
    expect(made.stats.samplesSent).toBe(5);
  });

  test('gets messages of its version as they are', async () => {
    const messages = ['a', 'b'].map((name) => {
      const { series, ...one } = message(name, 3);
      return { ...one, series: [], body: writeBody(series, [], 1) };
    });
    expect(await made.deliverer.deliver(0, messages, never)).toBe(true);
    expect([receiver.requests.length, receiver.samples.length]).toEqual([1, 6]);
    // One that is left out in part is written anew, and the others with it.
    await made.deliverer.deliver(0, [messages[0]!, message('c', 2)], never);
    expect(receiver.requests[1]?.samples).toHaveLength(2);
  });

  test('that fails for a while gets all of it', async () => {
    receiver.answer = (_, n) => (n < 3 ? { status: 503 } : { status: 204 });
    expect(await made.deliverer.deliver(0, [message('a', 3)], never)).toBe(true);
    expect(made.stats).toMatchObject({ samplesSent: 3, requests: 4, retries: 3 });
    expect(made.words).toEqual(['the receiver fails: trying again', 'the receiver answers again']);
  });

  test('gets everything but the series that it refuses', async () => {
    const isBad = (request: ReceivedRequest): boolean =>
      holds(request, 'b', 77) || holds(request, 'b', 400);
    receiver.answer = (request) =>
      isBad(request) ? { status: 400, body: 'out of order' } : { status: 204 };
    const messages = [message('a', 500), message('b', 500), message('c', 500)];
    expect(await made.deliverer.deliver(0, messages, never)).toBe(true);
    expect(made.stats).toMatchObject({ samplesSent: 1498, samplesRejected: 2 });
    expect(made.stats.lastError).toBe('HTTP 400: out of order');
  });

  test('that has it all already is not asked for each series', async () => {
    receiver.answer = () => ({ status: 400, body: 'out of order' });
    for (let i = 0; i < 10; i++) await made.deliverer.deliver(0, [message('a', 500)], never);
    expect(made.stats).toMatchObject({ samplesSent: 0, samplesRejected: 5000 });
    expect(receiver.requests.length).toBeLessThan(150);
  });

  test('gets what is good of a scrape of which most is refused', async () => {
    const isGood = (request: ReceivedRequest): boolean =>
      request.samples.every(({ labels }) => Number(new Map(labels).get('i')) % 5 === 0);
    receiver.answer = (request) => ({ status: isGood(request) ? 204 : 400 });
    await made.deliverer.deliver(0, [message('a', 200)], never);
    expect(made.stats).toMatchObject({ samplesSent: 40, samplesRejected: 160 });
    expect(new Set(receiver.requests.filter(isGood).flatMap(({ samples }) => samples)).size).toBe(
      40,
    );
  });

  test.each([401, 403, 404, 301])(
    'that answers %i ends the replay: nothing is passed over',
    async (status) => {
      receiver.answer = () => ({ status, body: 'not for you' });
      const delivered = made.deliverer.deliver(0, [message('a', 1)], never);
      await expect(delivered).rejects.toMatchObject({ code: 'REPLAY_FAILED' });
      expect(made.stats).toMatchObject({ samplesSent: 0, samplesRejected: 0 });
    },
  );

  test('that fails when the replay is stopped: the message stays where it is', async () => {
    const stop = new AbortController();
    receiver.answer = () => {
      stop.abort();
      return { status: 503 };
    };
    expect(await made.deliverer.deliver(0, [message('a', 1)], stop.signal)).toBe(false);
    expect(made.stats.samplesSent).toBe(0);
  });
});

describe('a receiver of 2.0', () => {
  let server: Server;
  let answer: { status: number; headers: Record<string, string> };
  let made: ReturnType<typeof delivererTo>;
  beforeEach(async () => {
    server = createServer((request, response) => {
      request
        .resume()
        .on('end', () => response.writeHead(answer.status, answer.headers).end('words'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    made = delivererTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, 2);
  });
  afterEach(async () => {
    await made.endpoint.close();
    server.close();
  });
  const written = (samples: number) => ({
    'x-prometheus-remote-write-samples-written': String(samples),
  });

  test('says what it has written', async () => {
    answer = { status: 204, headers: written(3) };
    expect(await made.deliverer.deliver(0, [message('a', 3)], never)).toBe(true);
    expect(made.stats.samplesSent).toBe(3);
  });

  test('writes what is good of a request', async () => {
    answer = { status: 400, headers: written(2) };
    expect(await made.deliverer.deliver(0, [message('a', 3)], never)).toBe(true);
    expect(made.stats).toMatchObject({ samplesSent: 2, samplesRejected: 1, requests: 1 });
  });

  test.each([204, 415])('that is none, and answers %i, ends the replay', async (status) => {
    answer = { status, headers: {} };
    const delivered = made.deliverer.deliver(0, [message('a', 3)], never);
    await expect(delivered).rejects.toThrow(/does not know/);
  });
});
