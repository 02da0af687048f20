import { once } from 'node:events';
import {
  createServer,
  IncomingMessage,
  request as requestOf,
  type Server,
  ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import promAgent, { type PromAgentMiddleware } from './index.js';

const running: { server: Server; agent: PromAgentMiddleware }[] = [];

afterEach(async () => {
  for (const { server, agent } of running.splice(0)) {
    server.closeAllConnections();
    server.close();
    await agent.close();
  }
});

type Maker = (app: Express) => Server;

/** An app behind a server, which has answered some requests, so that it makes responses as it is going to. */
async function serviceWith(makeServer: Maker, routes: (app: Express) => void = () => {}) {
  const registry = new Registry();
  const agent = promAgent({ registry, agent: { threads: 0 } });
  const app = express();
  app.set('env', 'test');
  app.use(agent);
  app.get('/', (_, response) => void response.send('ok'));
  routes(app);
  const server = makeServer(app);
  running.push({ server, agent });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (let i = 0; i < 3; i++) await (await fetch(url)).text();
  return { app, server, url, registry };
}

/** Prototypes of the next request and response, before anybody was given them. */
async function madeBy(server: Server, url: string) {
  const emit = server.emit as (event: string, ...given: unknown[]) => boolean;
  const made: { request: unknown; response: unknown }[] = [];
  server.emit = (event: string, ...given: unknown[]) => {
    const [request, response] = given.map((one) => Object.getPrototypeOf(one));
    if (event === 'request') made.push({ request, response });
    return emit.call(server, event, ...given);
  };
  await (await fetch(url)).text();
  server.emit = emit;
  return made[0];
}

const ofNode = { request: IncomingMessage.prototype };

describe('requests and responses', () => {
  it('are made with the prototypes of the app', async () => {
    const { app, server, url } = await serviceWith(createServer);
    expect(await madeBy(server, url)).toEqual({ request: app.request, response: app.response });
  });

  class OwnResponse extends ServerResponse {}
  class OwnRequest extends IncomingMessage {}
  const shared: [string, Maker][] = [
    ['go through a function', (app) => createServer((request, response) => app(request, response))],
    ['go to another listener, too', (app) => createServer(app).on('request', () => {})],
    ['may be upgrades', (app) => createServer(app).on('upgrade', () => {})],
    ['may wait to continue', (app) => createServer(app).on('checkContinue', app)],
    ['are of another class', (app) => createServer({ IncomingMessage: OwnRequest }, app)],
    ['have answers of another class', (app) => createServer({ ServerResponse: OwnResponse }, app)],
  ];

  it.each(shared)('that %s are made as before', async (_, makeServer) => {
    const { app, server, url } = await serviceWith(makeServer);
    const { request, response } = (await madeBy(server, url)) ?? {};
    expect(request).not.toBe(app.request);
    expect(response).not.toBe(app.response);
    expect(await (await fetch(url)).text()).toBe('ok');
  });

  it.each(['request', 'upgrade', 'connect', 'checkContinue', 'checkExpectation', 'dropRequest'])(
    'are made as before once somebody listens to %s',
    async (event) => {
      const { server, url } = await serviceWith(createServer);
      server.on(event, () => {});
      expect(await madeBy(server, url)).toEqual(expect.objectContaining(ofNode));
      expect(server.listenerCount('newListener')).toBe(0);
    },
  );

  it('of a service that listens for connections are of the app still', async () => {
    const { app, server, url } = await serviceWith(createServer);
    server.on('connection', () => {});
    expect(await madeBy(server, url)).toEqual({ request: app.request, response: app.response });
  });

  it('an upgrade whose listener came late can be given a query of its own', async () => {
    const { server, url } = await serviceWith(createServer);
    server.on('upgrade', (request: IncomingMessage & { query?: string }, socket) => {
      // Express' requests have a query that cannot be set.
      request.query = 'own';
      const headers = `Connection: Upgrade\r\nUpgrade: x\r\nX-Query: ${request.query}`;
      socket.end(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n\r\n`);
    });
    const upgrade = requestOf(url, { headers: { connection: 'upgrade', upgrade: 'x' } }).end();
    const [response] = (await once(upgrade, 'upgrade')) as [IncomingMessage];
    expect(response.headers['x-query']).toBe('own');
    response.destroy();
  });
});

/** Puts functions into the place of Node.js' that note their calls; `property` makes one of them so. */
function replaceMethods(app: Express, property: (method: unknown) => PropertyDescriptor): string[] {
  const called: string[] = [];
  for (const name of ['write', 'end', 'flushHeaders'] as const) {
    const inherited = ServerResponse.prototype[name] as (...given: unknown[]) => never;
    const method = function (this: ServerResponse, ...given: unknown[]) {
      if (this.req.url === '/stream') called.push(name);
      return inherited.apply(this, given);
    };
    Object.defineProperty(app.response, name, property(method));
  }
  return called;
}

function stream(app: Express): void {
  app.get('/stream', (_, response) => {
    response.flushHeaders();
    response.write('12345');
    response.end('678');
  });
}

describe('what an app puts into the place of write and end of its responses is called, and the bytes counted', () => {
  const ways: [string, (method: unknown) => PropertyDescriptor][] = [
    ['as a function', (value) => ({ value, writable: true })],
    ['for good', (value) => ({ value })],
    ['as what is asked for it', (value) => ({ get: () => value })],
    ['as what can be set', (value) => ({ get: () => value, set: () => {} })],
  ];
  const bytes = 'http_response_size_bytes_sum{method="GET",route="/stream",status_code="200"} 8';

  it.each(ways)('%s, before its first request', async (_, property) => {
    let called: string[] = [];
    const { url, registry } = await serviceWith(createServer, (app) => {
      called = replaceMethods(app, property);
      stream(app);
    });
    expect(await (await fetch(`${url}/stream`)).text()).toBe('12345678');
    expect(called).toEqual(['flushHeaders', 'write', 'end']);
    const text = () => registry.getSingleMetricAsString('http_response_size_bytes');
    await expect.poll(text, { timeout: 20_000 }).toContain(bytes);
  });

  it.each(ways.slice(0, 3))('%s, while it answers', async (_, property) => {
    const { app, url, registry } = await serviceWith(createServer, stream);
    const called = replaceMethods(app, property);
    expect(await (await fetch(`${url}/stream`)).text()).toBe('12345678');
    expect(called).toEqual(['flushHeaders', 'write', 'end']);
    const text = () => registry.getSingleMetricAsString('http_response_size_bytes');
    await expect.poll(text, { timeout: 20_000 }).toContain(bytes);
  });
});

it('a property of the app that a request has itself is not asked for', async () => {
  const { url } = await serviceWith(createServer, (app) => {
    const property = { get: () => '/other', set: () => {} };
    Object.defineProperty(app.request, 'url', property);
  });
  expect(await (await fetch(url)).text()).toBe('ok');
});
