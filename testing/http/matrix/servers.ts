import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { createAgent } from '@prom-agent/core';
import { NodeHandler } from '@prom-agent/core/http';
import expressAgent from '@prom-agent/express';
import fastifyAgent from '@prom-agent/fastify';
import express from 'express';
import Fastify, { type FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { AppRoutes } from './app-routes.js';
import type { SceneServer } from './scenes.js';

/** A server of the matrix, with what it has counted. */
export interface MatrixServer extends SceneServer {
  readonly port: number;
  readonly registry: Registry;
  /** Resolves when all responses are over, and everybody has heard of it. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** The same API, under another name that has no types. */
const { default: express4 } = (await import('express4' as string)) as { default: typeof express };

type RouteName = 'slow' | 'endless' | 'stream' | 'events' | 'empty' | 'echo';

const quiet = { threads: 0 };

/** Notes all requests and waits for the end of all responses of the server. */
function watch(server: Pick<Server, 'on'>): Pick<MatrixServer, 'seen' | 'settled'> {
  const seen: string[] = [];
  const open = new Map<ServerResponse, Socket | undefined>();
  server.on('upgrade', ({ method, url }) => seen.push(`${method} ${url}`));
  server.on('request', ({ method, url, socket, httpVersionMajor }, response) => {
    seen.push(`${method} ${url}`);
    open.set(response, httpVersionMajor === 2 ? undefined : socket);
    response.on('close', () => open.delete(response));
  });
  // On Node.js 20 a response that waits in a pipeline does not close with its connection.
  const isOpen = (socket: Socket | undefined): boolean => socket?.destroyed !== true;
  return {
    seen,
    async settled() {
      while ([...open.values()].some(isOpen)) await sleep(2);
      for (let turn = 0; turn < 20; turn++) await nextTurn();
    },
  };
}

/** Shows a listener of requests what comes as an upgrade, as @fastify/websocket and express-ws do. */
function routeUpgrades(
  server: Pick<Server, 'on'>,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  server.on('upgrade', (request, socket) => {
    const response = new ServerResponse(request);
    response.assignSocket(socket as Socket);
    listener(request, response);
  });
}

/** Puts in what is to be measured: the agent, or another package in its place. */
export type FastifySetUp = (app: FastifyInstance, registry: Registry) => Promise<unknown>;

const withAgent: FastifySetUp = async (app, registry) => {
  await app.register(fastifyAgent, { registry, agent: quiet });
};

interface FastifyServerOptions {
  readonly http2?: boolean;
  /** For a server of TLS, which speaks HTTP/1.1 too. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly setUp?: FastifySetUp;
}

export async function fastifyServer({
  http2 = false,
  tls,
  setUp = withAgent,
}: FastifyServerOptions = {}): Promise<MatrixServer> {
  const registry = new Registry();
  const https = tls && { https: { ...tls, allowHTTP1: true } };
  const app = Fastify({ ...(http2 && { http2 }), ...https } as object) as FastifyInstance;
  await setUp(app, registry);
  const routes = new AppRoutes();
  // The body is for the handler, which reads it itself.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_, __, done) => done(null));
  app.get('/users/:id', async () => 'user');
  app.get('/throws', async () => {
    throw new Error('thrown');
  });
  await app.register(
    (orgs, _, done) => {
      orgs.get('/members/:id', async () => 'member');
      orgs.get('/throws/:id', async () => {
        throw new Error('thrown');
      });
      done();
    },
    { prefix: '/orgs/:org' },
  );
  const raw = (name: RouteName | 'upgrade') =>
    function handler(
      request: { raw: IncomingMessage },
      reply: { raw: ServerResponse; hijack(): void },
    ) {
      reply.hijack();
      if (name === 'upgrade') routes.upgrade(request.raw, request.raw.socket);
      else void routes[name](request.raw, reply.raw);
    };
  app.get('/slow', raw('slow'));
  app.get('/endless', raw('endless'));
  app.get('/stream', raw('stream'));
  app.get('/events', raw('events'));
  app.get('/empty', raw('empty'));
  app.post('/echo', raw('echo'));
  app.get('/socket', raw('upgrade'));
  routeUpgrades(app.server, (request, response) => app.routing(request, response));
  const watched = watch(app.server);
  await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    port: (app.server.address() as AddressInfo).port,
    registry,
    ...watched,
    entered: () => once(routes, 'entered'),
    async close() {
      app.server.closeAllConnections?.();
      await app.close();
    },
  };
}

/** The middleware to be measured, first of all. */
export type ExpressSetUp = (registry: Registry) => {
  middleware: express.RequestHandler;
  close?: () => Promise<void>;
};

const withMiddleware: ExpressSetUp = (registry) => {
  const agent = expressAgent({ registry, agent: quiet });
  return { middleware: agent, close: () => agent.close() };
};

export async function expressServer(version: 4 | 5, setUp = withMiddleware): Promise<MatrixServer> {
  const registry = new Registry();
  const routes = new AppRoutes();
  const create = version === 5 ? express : express4;
  const { middleware, close } = setUp(registry);
  const app = create();
  app.set('env', 'test');
  app.use(middleware);
  app.get('/users/:id', (_, response) => void response.send('user'));
  app.get('/throws', () => {
    throw new Error('thrown');
  });
  const orgs = create.Router({ mergeParams: true });
  orgs.get('/members/:id', (_, response) => void response.send('member'));
  orgs.get('/throws/:id', () => {
    throw new Error('thrown');
  });
  app.use('/orgs/:org', orgs);
  app.get('/slow', () => routes.slow());
  app.get('/endless', (request, response) => routes.endless(request, response));
  app.get('/stream', (request, response) => void routes.stream(request, response));
  app.get('/events', (request, response) => routes.events(request, response));
  app.get('/empty', (request, response) => routes.empty(request, response));
  app.post('/echo', (request, response) => routes.echo(request, response));
  app.get('/socket', (request) => routes.upgrade(request, request.socket));
  // An error thrown in a router reaches the app, where the router's path is no more known.
  const onError: express.ErrorRequestHandler = (_, __, response, ___) => {
    response.status(500).send('failed');
  };
  app.use(onError);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  routeUpgrades(server, app);
  const watched = watch(server);
  return {
    port: (server.address() as AddressInfo).port,
    registry,
    ...watched,
    entered: () => once(routes, 'entered'),
    async close() {
      server.closeAllConnections();
      server.close();
      await close?.();
    },
  };
}

/** No framework: a listener with routes of its own. */
export async function nodeServer({ http2 = false } = {}): Promise<MatrixServer> {
  const registry = new Registry();
  const routes = new AppRoutes();
  const agent = await createAgent({ registry, agent: quiet });
  const handler = new NodeHandler(agent);
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (handler.handle(request, response)) return;
    const answer = (template: string, body: string, status = 200): void => {
      handler.setRoute(request, template);
      response.writeHead(status).end(request.method === 'HEAD' ? undefined : body);
    };
    const path = (request.url ?? '').replace(/\?.*/, '');
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const name = /^\/(slow|endless|stream|events|empty|echo)$/.exec(path)?.[1] as
      | RouteName
      | undefined;
    if (path === '/socket') {
      handler.setRoute(request, path);
      routes.upgrade(request, request.socket);
    } else if (name !== undefined) {
      handler.setRoute(request, path);
      void routes[name](request, response);
    } else if (isRead && /^\/users\/[^/]+$/.test(path)) answer('/users/:id', 'user');
    else if (path === '/throws') answer('/throws', 'failed', 500);
    else if (/^\/orgs\/[^/]+\/members\//.test(path)) answer('/orgs/:org/members/:id', 'member');
    else if (/^\/orgs\/[^/]+\/throws\//.test(path)) answer('/orgs/:org/throws/:id', 'failed', 500);
    else response.writeHead(404).end();
  };
  const server = http2 ? createHttp2Server({}, listener as never) : createServer(listener);
  if (!http2) routeUpgrades(server as Server, listener);
  const watched = watch(server as Server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    registry,
    ...watched,
    entered: () => once(routes, 'entered'),
    async close() {
      if ('closeAllConnections' in server) server.closeAllConnections();
      server.close();
      handler.close();
      await agent.close();
    },
  };
}
