import { createServer } from 'node:http';
import { createAgent } from '@prom-agent/core';
import { NodeHandler } from '@prom-agent/core/http';
import expressAgent from '@prom-agent/express';
import express from 'express';
import Fastify from 'fastify';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import {
  addAgent,
  closeServices,
  get,
  listening,
  route,
  serviceOf,
  shows,
  threads,
} from './agent-services.js';

afterEach(closeServices);

describe('the same app twice', () => {
  it('is refused by Fastify', async () => {
    const app = Fastify();
    await addAgent(app, { agent: threads });
    await expect(addAgent(app, { agent: threads })).rejects.toThrow(
      /registered twice on this Fastify app/,
    );
    await app.close();
  });

  it('is told of by Express, closes the second agent and counts in the first', async () => {
    const registry = new Registry();
    const errors: unknown[] = [];
    const onError = (error: unknown): void => void errors.push(error);
    const [first, second] = [registry, new Registry()].map((given) =>
      expressAgent({ registry: given, agent: threads, onError }),
    ) as [ReturnType<typeof expressAgent>, ReturnType<typeof expressAgent>];
    await Promise.all([first.ready(), second.ready()]);
    const app = express().use(first, second);
    app.get('/', (_, response) => void response.send('ok'));
    const server = await listening(createServer(app));
    const service = serviceOf(server, errors, () => first.close());
    for (let i = 0; i < 3; i++) await get(service);
    await shows(registry, { [route]: 3 });
    expect(String(errors)).toMatch(
      /used twice on this Express app: the first one answers \/metrics/,
    );
    expect(errors).toHaveLength(1);
    await second.close();
    expect(second.registry?.getMetricsAsArray()).toEqual([]);
  });

  it.each([
    [
      'an Express app and one that is mounted in it',
      async (registry: Registry, onError: (error: unknown) => void) => {
        const options = { registry, agent: threads, logger: loggerOf(onError) };
        const agents = [expressAgent(options), expressAgent(options)] as const;
        for (const agent of agents) await agent.ready();
        const mounted = express().use(agents[1]);
        mounted.get('/', (_, response) => void response.send('ok'));
        const app = express().use(agents[0]).use('/', mounted);
        return serviceOf(await listening(createServer(app)), [], async () => {
          for (const agent of agents) await agent.close();
        });
      },
    ],
    [
      'two handlers of node:http',
      async (registry: Registry, onError: (error: unknown) => void) => {
        const agent = await createAgent({ registry, agent: threads });
        const handlers = [0, 1].map(() => new NodeHandler(agent, { onError }));
        const server = createServer((request, response) => {
          for (const handler of handlers) {
            handler.handle(request, response);
            handler.setRoute(request, '/');
          }
          response.end('ok');
        });
        return serviceOf(await listening(server), [], async () => {
          for (const handler of handlers) handler.close();
          await agent.close();
        });
      },
    ],
  ])('%s, in one registry: each request counts once, and it is told of once', async (_, start) => {
    const registry = new Registry();
    const errors: unknown[] = [];
    const service = await start(registry, (error) => void errors.push(error));
    for (let i = 0; i < 3; i++) await get(service);
    await shows(registry, { [route]: 3 });
    expect(errors).toHaveLength(1);
    expect(String(errors[0])).toMatch(/see the same requests: they count in the first alone/);
  });
});

function loggerOf(onError: (error: unknown) => void) {
  const ignore = (): void => {};
  return {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: ({ err }: { err?: unknown }) => onError(err),
  };
}
