import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterEach, expect, it } from 'vitest';
import promAgent from './index.js';

const apps: FastifyInstance[] = [];

afterEach(async () => {
  for (const app of apps.splice(0)) {
    app.server.closeAllConnections();
    await app.close();
  }
});

type Answer = (socket: Socket, response: ServerResponse, request: IncomingMessage) => void;
type Client = (socket: Socket) => void;

const teapot = 'HTTP/1.1 418 Teapot\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok';
const switching = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: any\r\nConnection: upgrade\r\n\r\n';

/** An app whose route `/` hijacks its reply, and what a request to it sends. */
async function appWith(answer: Answer, own?: (app: FastifyInstance) => void) {
  const registry = new Registry();
  // A loaded machine may take longer than Fastify waits for the first plugin of a process.
  const app = Fastify({ pluginTimeout: 0 });
  apps.push(app);
  own?.(app);
  await app.register(promAgent, { registry, agent: { threads: 0 } });
  app.get('/', (request, reply) => {
    reply.hijack();
    reply.raw.on('error', () => {});
    answer(request.raw.socket, reply.raw, request.raw);
  });
  app.get('/plain', async () => 'ok');
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const open = async (...lines: string[]): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write([...lines, 'Host: x', '', ''].join('\r\n'));
    return socket;
  };
  return { registry, open };
}

/** `route status count` of all that was counted, then the phases of aborts. */
async function countedIn(registry: Registry): Promise<string[]> {
  const text = await registry.metrics();
  const counts = text.matchAll(
    /^http_request_duration_seconds_count\{.*route="(.*)",status_code="(.*)"\} (.*)$/gm,
  );
  const aborts = text.matchAll(/^http_requests_aborted_total\{.*phase="(.*)"\} .*$/gm);
  return [...counts, ...aborts].map(([, ...parts]) => parts.join(' '));
}

const reads: Client = (socket) => void socket.resume();

it.each<[string, string[], Answer, Client]>([
  ['and ended', ['/ 418 1'], (socket) => socket.end(teapot), reads],
  ['in bytes', ['/ 418 1'], (socket) => socket.end(Buffer.from(teapot)), reads],
  [
    'after 100 Continue',
    ['/ 418 1'],
    (socket, response) => {
      response.writeContinue();
      socket.end(teapot);
    },
    reads,
  ],
  [
    'and destroyed',
    ['/ 418 1'],
    (socket) => socket.write(teapot, () => socket.destroySoon()),
    reads,
  ],
  [
    'and left open, for the client to end',
    ['/ 418 1'],
    (socket) => socket.write(teapot),
    (socket) => socket.once('data', () => socket.end()),
  ],
  [
    'and reset by the client in the midst of it',
    ['/ 499 1', 'after_headers'],
    (socket) => socket.write(teapot),
    (socket) => socket.once('data', () => socket.resetAndDestroy()),
  ],
  [
    'by nobody, for the client has left',
    ['/ 499 1', 'before_headers'],
    () => {},
    (socket) => void setImmediate(() => socket.resetAndDestroy()),
  ],
  [
    'as a handshake, whatever comes then',
    ['/ 101 1'],
    (socket) => void socket.write(switching),
    reads,
  ],
  ['by the response', ['/ 202 1'], (_, response) => response.writeHead(202).end('ok'), reads],
])(
  'an answer that is written to the connection of a hijacked reply %s has the status that was sent, not 499',
  async (_, expected, answer, client) => {
    const { registry, open } = await appWith(answer);
    // The second time the server makes its responses for who observes them.
    for (let round = 0; round < 2; round++) {
      registry.resetMetrics();
      client(await open('GET / HTTP/1.1'));
      await expect.poll(() => countedIn(registry), { timeout: 20_000 }).toEqual(expected);
      expect(await registry.metrics()).toMatch(/^http_requests_in_flight\{.*\} 0$/m);
      const plain = (await open('GET /plain HTTP/1.1', 'Connection: close')).resume();
      await once(plain, 'close');
      const both = () => countedIn(registry);
      await expect.poll(both, { timeout: 20_000 }).toContain('/plain 200 1');
    }
  },
);

it('an app that has put a hijack() of its own on its replies keeps it, and its requests count', async () => {
  let calls = 0;
  const { registry, open } = await appWith(
    (_, response) => response.end('ok'),
    (app) => app.decorateReply('hijack', (() => void calls++) as never),
  );
  await open('GET / HTTP/1.1', 'Connection: close');
  await expect.poll(() => countedIn(registry), { timeout: 20_000 }).toEqual(['/ 200 1']);
  expect(calls).toBe(1);
});
