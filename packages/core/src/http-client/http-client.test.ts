import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../clock.js';
import { FileTexts } from './file-texts.js';
import { createHttpClient, type HttpClient } from './http-client.js';
import { type HttpClientConfig, plainHttpClient } from './http-client-config.js';
import type { HttpClientDeps } from './http-transport.js';

const servers: Server[] = [];
const clients: HttpClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function clientOf(config: Partial<HttpClientConfig>, deps: Partial<HttpClientDeps> = {}) {
  const client = createHttpClient(
    { ...plainHttpClient, ...config },
    {
      clock: systemClock,
      files: new FileTexts(systemClock, { run: (task) => task() }),
      userAgent: 'test/1',
      ...deps,
    },
  );
  clients.push(client);
  return client;
}

const limits = { timeoutMs: 5_000, maxBodyBytes: 1_000 };

test('status, headers and body of an answer; what is sent', async () => {
  let seen: unknown;
  const url = await serve((request, response) => {
    seen = request.headers;
    response.writeHead(404, { 'x-a': 'b' }).end('none');
  });
  const client = clientOf({ basicAuth: { username: { text: 'u' }, password: { text: 'p' } } });
  const answer = await client.request({ url, headers: { accept: 'text/plain' }, ...limits });
  expect(answer).toMatchObject({ status: 404, statusText: 'Not Found', url: `${url}/` });
  expect(answer.headers['x-a']).toBe('b');
  expect(answer.body.toString()).toBe('none');
  expect(seen).toMatchObject({
    accept: 'text/plain',
    'user-agent': 'test/1',
    authorization: `Basic ${Buffer.from('u:p').toString('base64')}`,
  });
});

test('an answer that is too long, too late or not wanted any more ends with its reason', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/long') response.end('x'.repeat(1_001));
  });
  const client = clientOf({});
  await expect(client.request({ url: `${url}/long`, ...limits })).rejects.toMatchObject({
    reason: 'body_size',
  });
  await expect(client.request({ url, ...limits, timeoutMs: 20 })).rejects.toMatchObject({
    reason: 'timeout',
  });
  const signal = AbortSignal.abort();
  await expect(client.request({ url, ...limits, signal })).rejects.toMatchObject({
    reason: 'aborted',
  });
  await expect(client.request({ url: 'http://127.0.0.1:1/', ...limits })).rejects.toMatchObject({
    reason: 'connect',
  });
});
