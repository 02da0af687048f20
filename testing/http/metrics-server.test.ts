import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import expressAgent from '@prom-agent/express';
import fastifyAgent from '@prom-agent/fastify';
import express from 'express';
import Fastify from 'fastify';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import {
  hasOpenssl,
  makeCertificates,
} from '../../packages/core/src/http-client/certificates.contract.js';
import { freePort } from '../servers/free-port.js';

interface ServerOptions {
  readonly port: number;
  readonly host: string;
  readonly basicAuth?: { username: string; password: string };
  readonly bearerToken?: string;
  readonly tls?: { key: string; cert: string };
}

interface Service {
  /** Of the service itself. */
  readonly port: number;
  close(): Promise<void>;
}

type Start = (metricsServer: ServerOptions) => Promise<Service>;

const common = () => ({
  registry: new Registry(),
  agent: { threads: 0 },
  endpoint: false as const,
});

const starts: [name: string, start: Start][] = [
  [
    'Fastify',
    async (metricsServer) => {
      const app = Fastify();
      // biome-ignore lint/nursery/noMisusedPromises: Fastify waits for what a plugin returns.
      await app.register(fastifyAgent, { ...common(), metricsServer });
      await app.listen({ port: 0, host: '127.0.0.1' });
      return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
    },
  ],
  [
    'Express',
    async (metricsServer) => {
      const agent = expressAgent({ ...common(), metricsServer });
      const app = express();
      app.use(agent);
      const server = app.listen(0, '127.0.0.1');
      await Promise.all([agent.ready(), once(server, 'listening')]);
      const close = async (): Promise<void> => {
        server.closeAllConnections();
        server.close();
        await agent.close();
      };
      return { port: (server.address() as AddressInfo).port, close };
    },
  ],
];

let service: Service | undefined;
afterEach(async () => {
  await service?.close();
  service = undefined;
});

const basicAuth = { username: 'prometheus', password: 'secret' };
const basic = `Basic ${Buffer.from('prometheus:secret').toString('base64')}`;
const bearerToken = 'tok';

describe.each(starts)('metricsServer of %s', (_, start) => {
  it.each<[string, Partial<ServerOptions>, string, number]>([
    ['nothing asked for', {}, '', 200],
    ['the right password', { basicAuth }, basic, 200],
    ['no password', { basicAuth }, '', 401],
    ['the right token', { bearerToken }, 'Bearer tok', 200],
    ['another token', { bearerToken }, 'Bearer other', 401],
    ['a password in the place of a token', { bearerToken }, basic, 401],
  ])('%s', async (__, options, authorization, status) => {
    const port = await freePort();
    service = await start({ port, host: '127.0.0.1', ...options });
    const url = `http://127.0.0.1:${port}/metrics`;
    const response = await fetch(url, { headers: { authorization } });
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(text.includes('prom_agent_build_info')).toBe(status === 200);
    // The service's own port has none, and the metrics' port nothing of the service.
    expect((await fetch(`http://127.0.0.1:${service.port}/metrics`)).status).toBe(404);
    await service.close();
    service = undefined;
    await expect(fetch(url)).rejects.toThrow();
  });

  it.skipIf(!hasOpenssl())('TLS (needs the openssl command)', async () => {
    const port = await freePort();
    const { ca, server: tls } = makeCertificates();
    service = await start({ port, host: '127.0.0.1', tls, basicAuth });
    const request = requestTls({
      port,
      host: '127.0.0.1',
      path: '/metrics',
      ca,
      headers: { authorization: basic },
      agent: false,
    });
    const answered = once(request, 'response');
    request.end();
    const [response] = (await answered) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    expect(response.statusCode).toBe(200);
    expect(text).toContain('prom_agent_build_info');
    // Without TLS nobody gets an answer.
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });

  it('a port that is taken fails the start in words', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(start({ port, host: '127.0.0.1' })).rejects.toThrow(
      expect.objectContaining({ code: 'LISTEN_FAILED' }),
    );
    other.close();
  });
});
