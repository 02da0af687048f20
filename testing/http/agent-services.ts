import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAgent } from '@prom-agent/core';
import { type HttpOptions, NodeHandler } from '@prom-agent/core/http';
import expressAgent from '@prom-agent/express';
import fastifyAgent, { type PromAgentOptions } from '@prom-agent/fastify';
import express from 'express';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { expect } from 'vitest';

/** A service with an agent, which answers `/`. */
export interface Service {
  readonly url: string;
  /** What the agent told of. */
  readonly errors: unknown[];
  close(): Promise<void>;
}

export type Start = (registry: Registry, http?: HttpOptions | boolean) => Promise<Service>;

const running: Service[] = [];

/** For afterEach. */
export async function closeServices(): Promise<void> {
  for (const service of running.splice(0)) await service.close();
}

export const threads = { threads: 0 };

export async function addAgent(app: FastifyInstance, options: PromAgentOptions): Promise<void> {
  // biome-ignore lint/nursery/noMisusedPromises: Fastify waits for what a plugin returns.
  await app.register(fastifyAgent, options);
}

export const startFastify: Start = async (registry, http = {}) => {
  const app = Fastify();
  await addAgent(app, { registry, agent: threads, http });
  app.get('/', async () => 'ok');
  await app.listen({ port: 0, host: '127.0.0.1' });
  return serviceOf(app.server, [], () => app.close());
};

export const startExpress: Start = async (registry, http = {}) => {
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const agent = expressAgent({ registry, agent: threads, http, onError });
  await agent.ready().catch(async (error) => {
    await agent.close();
    throw error;
  });
  const app = express();
  app.use(agent);
  app.get('/', (_, response) => void response.send('ok'));
  const server = await listening(createServer(app));
  return serviceOf(server, errors, () => agent.close());
};

export const startNode: Start = async (registry, http = {}) => {
  const errors: unknown[] = [];
  const agent = await createAgent({ registry, agent: threads });
  const onError = (error: unknown): void => void errors.push(error);
  const openHandler = (): NodeHandler => {
    try {
      return new NodeHandler(agent, { http, onError });
    } catch (error) {
      void agent.close();
      throw error;
    }
  };
  const handler = openHandler();
  const server = createServer((request, response) => {
    if (handler.handle(request, response)) return;
    handler.setRoute(request, '/');
    response.end('ok');
  });
  return serviceOf(await listening(server), errors, async () => {
    handler.close();
    await agent.close();
  });
};

export function serviceOf(
  server: Server,
  errors: unknown[],
  closeAgent: () => Promise<void>,
): Service {
  const { port } = server.address() as AddressInfo;
  const service = {
    url: `http://127.0.0.1:${port}`,
    errors,
    async close() {
      server.closeAllConnections();
      server.close();
      await closeAgent();
    },
  };
  running.push(service);
  return service;
}

export async function get({ url }: Service, path = '/'): Promise<string> {
  return (await fetch(url + path)).text();
}

export const route = 'method="GET",route="/",status_code="200"';

/** The requests that a body of metrics shows, by labels. */
export function countsIn(text: string): Record<string, number> {
  const lines = text.matchAll(/^http_request_duration_seconds_count\{(.*)\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, labels, count]) => [labels, Number(count)]));
}

export async function shows(registry: Registry, expected: Record<string, number>): Promise<void> {
  const counts = async () => countsIn(await registry.metrics());
  await expect.poll(counts, { timeout: 20_000 }).toEqual(expected);
}

export async function listening(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
