import { once } from 'node:events';
import { createServer } from 'node:http';
import { request as requestTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Counter, Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { createAgent } from '../agent.js';
import { hasOpenssl, makeCertificates } from '../http-client/certificates.contract.js';
import type { RegistryLike } from '../self/registry.js';
import { type MetricsServer, type MetricsServerOptions, serveMetrics } from './serve-metrics.js';

let server: MetricsServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(options: Partial<MetricsServerOptions>): Promise<string> {
  const registry = new Registry();
  new Counter({ name: 'orders_total', help: 'h', registers: [registry] }).inc(3);
  const agent = await createAgent({
    registry: registry as unknown as RegistryLike,
    agent: { threads: 0 },
  });
  const fail = (error: unknown) => expect.unreachable(String(error));
  server = await serveMetrics(agent, { port: 0, host: '127.0.0.1', ...options }, fail);
  return `http://127.0.0.1:${server.port}`;
}

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

describe('metrics on a port of their own', () => {
  it.each<[string, string, number]>([
    ['GET', '/metrics', 200],
    ['GET', '/metrics?name[]=orders_total', 200],
    ['HEAD', '/metrics', 200],
    ['POST', '/metrics', 405],
    ['GET', '/', 404],
  ])('%s %s: %i', async (method, path, status) => {
    const response = await fetch((await start({})) + path, { method });
    expect(response.status).toBe(status);
    const text = await response.text();
    if (status === 200 && method === 'GET') expect(text).toContain('\norders_total 3\n');
  });

  it.each<[string, object]>([
    ['port: expected a value', { port: undefined }],
    ['port: expected a port from 0 to 65535, got "9464"', { port: '9464' }],
    ['endpoint: expected a path that begins with /', { endpoint: 'metrics' }],
    ['pasword: unknown field', { pasword: 'x' }],
    // Of a variable that is not set: a server that anybody may read would be the worst of answers.
    ['bearerToken: expected a value', { bearerToken: undefined }],
    ['bearerToken: expected a text that is not empty', { bearerToken: '' }],
    ['basicAuth: expected a value', { basicAuth: undefined }],
    ['basicAuth.password: expected a value', { basicAuth: { username: 'u', password: undefined } }],
    ['basicAuth.username: expected a value', { basicAuth: { password: 'p' } }],
    ['tls.cert: expected a value', { tls: { key: 'k' } }],
  ])('are not served with metricsServer.%s', async (words, options) => {
    await expect(start(options)).rejects.toThrow(`metricsServer.${words}`);
  });

  const basicAuth = { username: 'prometheus', password: 'pass:wörd' };
  it.each<[string, Partial<MetricsServerOptions>, string, number]>([
    ['the right password', { basicAuth }, basic('prometheus:pass:wörd'), 200],
    [
      'a scheme in other letters',
      { basicAuth },
      basic('prometheus:pass:wörd').replace('B', 'b'),
      200,
    ],
    ['a wrong password', { basicAuth }, basic('prometheus:other'), 401],
    ['no password', { basicAuth }, '', 401],
    ['the right token', { bearerToken: 'tok' }, 'Bearer tok', 200],
    ['a longer token', { bearerToken: 'tok' }, 'Bearer token', 401],
    ['either', { basicAuth, bearerToken: 'tok' }, 'Bearer tok', 200],
  ])('%s', async (_, options, authorization, status) => {
    const response = await fetch(`${await start(options)}/metrics`, { headers: { authorization } });
    expect(response.status).toBe(status);
    expect(response.headers.has('www-authenticate')).toBe(status === 401);
    await response.text();
  });

  it('a port that is taken is an error in words', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(start({ port })).rejects.toThrow(
      expect.objectContaining({
        code: 'LISTEN_FAILED',
        message: expect.stringContaining(String(port)),
      }),
    );
    other.close();
  });

  it.skipIf(!hasOpenssl())('over TLS (needs the openssl command)', async () => {
    const { key, cert } = makeCertificates().selfSigned;
    await start({ tls: { key, cert } });
    const { port } = server!;
    const request = requestTls({
      port,
      host: '127.0.0.1',
      path: '/metrics',
      rejectUnauthorized: false,
    });
    const answered = once(request, 'response');
    request.end();
    const [response] = (await answered) as [import('node:http').IncomingMessage];
    expect(response.statusCode).toBe(200);
    response.resume();
  });
});
