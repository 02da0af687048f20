import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Agent } from '@prom-agent/core';
import { NodeHandler } from '@prom-agent/core/http';
import expressAgent from '@prom-agent/express';
import fastifyAgent from '@prom-agent/fastify';
import express from 'express';
import Fastify from 'fastify';
import { Registry } from 'prom-client';
import { WebSocket } from 'undici';
import { afterEach, expect, it } from 'vitest';

const closings: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

/** As a package does that serves WebSockets beside a framework. */
function accept(request: IncomingMessage, socket: Duplex): void {
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const hash = createHash('sha1').update(key).digest('base64');
  socket.on('error', () => {});
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${hash}\r\n\r\n`,
  );
}

const quiet = { threads: 0 };

it.each<[string, () => Promise<{ server: Server; agent: Agent }>]>([
  [
    'Fastify',
    async () => {
      const app = Fastify();
      closings.push(() => app.close());
      // biome-ignore lint/nursery/noMisusedPromises: Fastify waits for what a plugin returns.
      await app.register(fastifyAgent, { agent: quiet });
      app.get('/', async () => 'ok');
      await app.listen({ port: 0, host: '127.0.0.1' });
      return { server: app.server, agent: app.promAgent };
    },
  ],
  [
    'Express',
    async () => {
      const middleware = expressAgent({ agent: quiet });
      closings.push(() => middleware.close());
      const agent = await middleware.ready();
      const app = express().use(middleware);
      app.get('/', (_, response) => void response.send('ok'));
      const server = createServer(app).listen(0, '127.0.0.1');
      closings.push(() => server.close());
      await once(server, 'listening');
      return { server, agent };
    },
  ],
])(
  'WebSockets beside %s that are shown to a handler of its agent count with its requests',
  async (_, start) => {
    const { server, agent } = await start();
    const upgrades = new NodeHandler(agent);
    closings.push(() => upgrades.close());
    server.on('upgrade', (request, socket) => {
      upgrades.handleUpgrade(request, socket);
      upgrades.setRoute(request, '/socket');
      accept(request, socket);
      // A server that closes waits for what its connections have become.
      closings.push(() => socket.destroy());
    });
    const { port } = server.address() as AddressInfo;
    const client = new WebSocket(`ws://127.0.0.1:${port}/socket`);
    closings.push(() => server.closeAllConnections());
    await once(client, 'open');
    const url = `http://127.0.0.1:${port}`;
    await (await fetch(url)).text();
    const counted = async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      const lines = text.matchAll(/^http_request_duration_seconds_count\{(.*)\} (\d+)$/gm);
      return [...lines].map(([, labels, count]) => `${labels} ${count}`).sort();
    };
    await expect
      .poll(counted, { timeout: 20_000 })
      .toEqual([
        'method="GET",route="/",status_code="200" 1',
        'method="GET",route="/socket",status_code="101" 1',
      ]);
  },
);

it('a WebSocket that is shown to Express after its handshake, as express-ws does, counts as 101, not as a client that left', async () => {
  const registry = new Registry();
  const middleware = expressAgent({ registry, agent: quiet });
  closings.push(() => middleware.close());
  await middleware.ready();
  const app = express().use(middleware);
  app.get('/chat/:room', ({ socket }) => {
    // An empty frame of text.
    socket.once('data', () => socket.write(Buffer.of(0x81, 0)));
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  closings.push(() => server.close());
  await once(server, 'listening');
  server.on('upgrade', (request, socket) => {
    accept(request, socket);
    app(request, new ServerResponse(request) as never);
    closings.push(() => socket.destroy());
  });
  const { port } = server.address() as AddressInfo;
  closings.push(() => server.closeAllConnections());
  // One that says something, and one that is left before it does.
  for (const act of [(one: WebSocket) => one.send('x'), (one: WebSocket) => one.close()]) {
    const client = new WebSocket(`ws://127.0.0.1:${port}/chat/7`);
    await once(client, 'open');
    act(client);
  }
  const counted = async () => {
    const text = await registry.metrics();
    return [
      ...text.matchAll(
        /^http_request(?:_duration_seconds_count|s_aborted_total|s_in_flight)\{.*$/gm,
      ),
    ].map(String);
  };
  await expect
    .poll(counted, { timeout: 20_000 })
    .toEqual([
      'http_request_duration_seconds_count{method="GET",route="/chat/:room",status_code="101"} 2',
      'http_requests_in_flight{method="GET"} 0',
    ]);
});
