import { existsSync, readFileSync } from 'node:fs';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, test } from 'vitest';
import { systemClock } from '../../../clock.js';
import { FileTexts } from '../../../http-client/file-texts.js';
import { type HttpClientConfig, plainHttpClient } from '../../../http-client/http-client-config.js';
import { type FakeGateway, startFakeGateway } from './fake-gateway.contract.js';
import { PushClient } from './push-client.js';
import type { PushRequest } from './push-request.js';
import { pushWithRetries } from './push-with-retries.js';

const files = new FileTexts(systemClock, { run: (task) => task() });
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function gateway(): Promise<FakeGateway> {
  const fake = await startFakeGateway();
  closers.push(fake.close);
  return fake;
}

function clientOf(url: string, http: Partial<HttpClientConfig> = {}): PushClient {
  const client = new PushClient(
    { url, http: { ...plainHttpClient, ...http }, compression: 'gzip' },
    { clock: systemClock, files, userAgent: 'prom-agent/test' },
  );
  closers.push(() => client.close());
  return client;
}

function request(more: Partial<PushRequest> = {}): PushRequest {
  const body = { bytes: Buffer.from('m 1\n'), format: 'text' } as const;
  return { group: { job: 'j', grouping: {} }, method: 'PUT', body, timeoutMs: 20_000, ...more };
}

describe('a push', () => {
  it.each(['PUT', 'POST'] as const)('%s carries the body as text', async (method) => {
    const fake = await gateway();
    const result = await clientOf(fake.url).push(request({ method }));
    expect(result).toEqual({ outcome: 'pushed', status: 200, words: '', retryAfterMs: 0 });
    expect(fake.requests).toMatchObject([
      {
        method,
        path: '/metrics/job/j',
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      },
    ]);
    expect(fake.requests[0]!.body.toString()).toBe('m 1\n');
  });

  test('DELETE carries nothing, and 202 is a good answer', async () => {
    const fake = await gateway();
    fake.answer = () => ({ status: 202 });
    const result = await clientOf(fake.url).push(request({ method: 'DELETE', body: undefined }));
    expect(result.outcome).toBe('pushed');
    expect(fake.requests[0]).toMatchObject({ method: 'DELETE', body: Buffer.alloc(0) });
  });

  test('a long body is compressed, and a very long one too', async () => {
    const fake = await gateway();
    const client = clientOf(fake.url);
    for (const length of [2_000, 200_000]) {
      const bytes = Buffer.alloc(length, 'm 1\n');
      await client.push(request({ body: { bytes, format: 'protobuf' } }));
      const { headers, body } = fake.requests.at(-1)!;
      expect(headers['content-encoding']).toBe('gzip');
      expect(headers['content-type']).toContain('proto=io.prometheus.client.MetricFamily');
      expect(gunzipSync(body).equals(bytes)).toBe(true);
    }
  });

  test('a gateway behind a path prefix gets the path behind it', async () => {
    const fake = await gateway();
    await clientOf(`${fake.url}/push/`).push(request());
    expect(fake.requests[0]!.path).toBe('/push/metrics/job/j');
  });

  test('pushes side by side have a connection each, and use them again', async () => {
    const fake = await gateway();
    const client = clientOf(fake.url);
    for (let i = 0; i < 3; i++) await Promise.all([client.push(request()), client.push(request())]);
    expect(fake.requests).toHaveLength(6);
    expect(fake.connections).toBe(2);
  });
});

const recorded = new URL(
  '../../../../../../../shared/conformance/pushgateway_client_operations.json',
  import.meta.url,
);

interface RecordedOperation {
  readonly method: 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly content_type: string;
  readonly body: string;
}

test.skipIf(!existsSync(recorded))('recorded: what goes over the wire', async () => {
  const { operations } = JSON.parse(readFileSync(recorded, 'utf8'));
  const fake = await gateway();
  const client = clientOf(fake.url);
  for (const operation of Object.values(operations) as RecordedOperation[]) {
    const { method, path, content_type: contentType, body: text } = operation;
    const bytes = Buffer.from(text);
    const body = method === 'DELETE' ? undefined : ({ bytes, format: 'text' } as const);
    const group = { job: 'testjob', grouping: { instance: 'i' } };
    await client.push(request({ group, method, body }));
    const sent = fake.requests.at(-1)!;
    expect(sent).toMatchObject({ method, path, body: bytes });
    if (body !== undefined) expect(sent.headers['content-type']).toBe(contentType);
  }
});

describe('what came of a push', () => {
  it.each([
    [400, 'refused'],
    [401, 'refused'],
    [404, 'refused'],
    [413, 'refused'],
    [429, 'unreachable'],
    [500, 'unreachable'],
    [503, 'unreachable'],
  ])('%i: %s', async (status, outcome) => {
    const fake = await gateway();
    fake.answer = () => ({ status, body: 'the words\n' });
    const result = await clientOf(fake.url).push(request());
    expect(result).toMatchObject({ outcome, status, words: `HTTP ${status}: the words` });
  });

  test('Retry-After is handed on', async () => {
    const fake = await gateway();
    fake.answer = () => ({ status: 429, headers: { 'retry-after': '7' } });
    const result = await clientOf(fake.url).push(request());
    expect(result).toMatchObject({ words: 'HTTP 429', retryAfterMs: 7_000 });
  });

  test('nobody listens: unreachable', async () => {
    const fake = await gateway();
    await fake.close();
    const result = await clientOf(fake.url).push(request());
    expect(result).toMatchObject({ outcome: 'unreachable', status: 0 });
    expect(result.words).toContain('ECONNREFUSED');
  });

  test('nobody answers: unreachable after the timeout', async () => {
    const fake = await gateway();
    fake.answer = () => undefined;
    const result = await clientOf(fake.url).push(request({ timeoutMs: 50 }));
    expect(result).toMatchObject({
      outcome: 'unreachable',
      status: 0,
      words: 'no answer within 50 ms',
    });
  });

  test('a push that got no answer leaves nothing in the way of the next', async () => {
    const fake = await gateway();
    fake.answer = () => (fake.requests.length === 1 ? undefined : { status: 200 });
    const client = clientOf(fake.url);
    expect(await client.push(request({ timeoutMs: 50 }))).toMatchObject({ status: 0 });
    expect(await client.push(request())).toMatchObject({ outcome: 'pushed' });
    expect(fake.connections).toBe(2);
  });

  test('a redirect that would make a GET of the push is a refusal, one that keeps it is followed', async () => {
    const fake = await gateway();
    fake.answer = ({ path }) =>
      path.startsWith('/old')
        ? { status: 302, headers: { location: '/new' }, body: 'moved' }
        : { status: 200 };
    expect(await clientOf(`${fake.url}/old`).push(request())).toMatchObject({
      outcome: 'refused',
      words: 'HTTP 302: moved',
    });
    expect(fake.requests).toHaveLength(1);
    fake.answer = ({ path }) =>
      path.startsWith('/old') ? { status: 307, headers: { location: '/new' } } : { status: 200 };
    expect(await clientOf(`${fake.url}/old`).push(request())).toMatchObject({ outcome: 'pushed' });
    expect(fake.requests.at(-1)).toMatchObject({ method: 'PUT', path: '/new' });
    expect(fake.requests.at(-1)!.body.toString()).toBe('m 1\n');
  });

  test('credentials go along and are masked in the words of the gateway', async () => {
    const fake = await gateway();
    fake.answer = ({ headers }) => ({ status: 401, body: `wrong: ${headers['authorization']}` });
    const basicAuth = { username: { text: 'u' }, password: { text: 'hunter22' } };
    const result = await clientOf(fake.url, { basicAuth }).push(request());
    const sent = Buffer.from('u:hunter22').toString('base64');
    expect(fake.requests[0]!.headers['authorization']).toBe(`Basic ${sent}`);
    expect(result.words).not.toContain(sent);
  });

  test('a group that no gateway takes is the caller’s mistake', async () => {
    const push = clientOf('http://127.0.0.1:1').push(request({ group: { job: '', grouping: {} } }));
    await expect(push).rejects.toMatchObject({ code: 'PUSH_INVALID' });
  });

  test('close ends a push that is under way', async () => {
    const fake = await gateway();
    const client = clientOf(fake.url);
    fake.answer = () => {
      void client.close();
      return undefined;
    };
    expect(await client.push(request())).toMatchObject({ outcome: 'unreachable', status: 0 });
  });
});

test('a kept connection that died unseen is no failure', async () => {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    let isSecond = false;
    socket.on('data', () => {
      requests++;
      // The second request on a connection finds it closed.
      if (isSecond) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      isSecond = true;
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const client = clientOf(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
  expect(await client.push(request())).toMatchObject({ outcome: 'pushed' });
  expect(await client.push(request())).toMatchObject({ outcome: 'pushed' });
  expect(requests).toBe(3);
});

describe('retries', () => {
  test('a gateway that comes back gets the push', async () => {
    const fake = await gateway();
    fake.answer = () => ({ status: fake.requests.length < 3 ? 503 : 200 });
    const waits: number[] = [];
    const result = await pushWithRetries(clientOf(fake.url), request(), {
      retries: 3,
      deadlineMs: 60_000,
      clock: systemClock,
      onRetry: (_result, waitMs) => waits.push(waitMs),
    });
    expect(result.outcome).toBe('pushed');
    expect(waits).toHaveLength(2);
  });

  test('they run out', async () => {
    const fake = await gateway();
    fake.answer = () => ({ status: 500 });
    const options = { retries: 1, deadlineMs: 60_000, clock: systemClock };
    const result = await pushWithRetries(clientOf(fake.url), request(), options);
    expect(result).toMatchObject({ outcome: 'unreachable', status: 500 });
    expect(fake.requests).toHaveLength(2);
  });

  test('a refusal is not repeated', async () => {
    const fake = await gateway();
    fake.answer = () => ({ status: 400 });
    const options = { retries: 5, deadlineMs: 60_000, clock: systemClock };
    await pushWithRetries(clientOf(fake.url), request(), options);
    expect(fake.requests).toHaveLength(1);
  });

  test('a wait that would miss the deadline is not begun', async () => {
    const fake = await gateway();
    fake.answer = () => ({ status: 429, headers: { 'retry-after': '3600' } });
    const options = { retries: 5, deadlineMs: 60_000, clock: systemClock };
    const result = await pushWithRetries(clientOf(fake.url), request(), options);
    expect(result).toMatchObject({ status: 429, retryAfterMs: 3_600_000 });
    expect(fake.requests).toHaveLength(1);
  });
});
