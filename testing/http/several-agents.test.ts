import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAgent } from '@prom-agent/core';
import { type HttpOptions, NodeHandler } from '@prom-agent/core/http';
import expressAgent from '@prom-agent/express';
import fastifyAgent, { type PromAgentOptions } from '@prom-agent/fastify';
import express from 'express';
import Fastify, { type FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';

/** A service with an agent, which answers `/`. */
interface Service {
  readonly url: string;
  /** What the agent told of. */
  readonly errors: unknown[];
  close(): Promise<void>;
}

type Start = (registry: Registry, http?: HttpOptions | boolean) => Promise<Service>;

const running: Service[] = [];

afterEach(async () => {
  for (const service of running.splice(0)) await service.close();
});

const threads = { threads: 0 };

async function addAgent(app: FastifyInstance, options: PromAgentOptions): Promise<void> {
  // biome-ignore lint/nursery/noMisusedPromises: Fastify waits for what a plugin returns.
  await app.register(fastifyAgent, options);
}

const startFastify: Start = async (registry, http = {}) => {
  const app = Fastify();
  await addAgent(app, { registry, agent: threads, http });
  app.get('/', async () => 'ok');
  await app.listen({ port: 0, host: '127.0.0.1' });
  return serviceOf(app.server, [], () => app.close());
};

const startExpress: Start = async (registry, http = {}) => {
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

const startNode: Start = async (registry, http = {}) => {
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

function serviceOf(server: Server, errors: unknown[], closeAgent: () => Promise<void>): Service {
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

async function get({ url }: Service, path = '/'): Promise<string> {
  return (await fetch(url + path)).text();
}

const route = 'method="GET",route="/",status_code="200"';

/** The requests that a body of metrics shows, by labels. */
function countsIn(text: string): Record<string, number> {
  const lines = text.matchAll(/^http_request_duration_seconds_count\{(.*)\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, labels, count]) => [labels, Number(count)]));
}

async function shows(registry: Registry, expected: Record<string, number>): Promise<void> {
  const counts = async () => countsIn(await registry.metrics());
  await expect.poll(counts, { timeout: 20_000 }).toEqual(expected);
}

describe.each([
  ['Fastify', startFastify],
  ['Express', startExpress],
  ['node:http', startNode],
])('%s', (_, start) => {
  it('two apps in one registry: what they count adds up, and each takes its own part away', async () => {
    const registry = new Registry();
    const [one, other] = [await start(registry), await start(registry)];
    await get(one);
    await get(other);
    await get(other);
    await shows(registry, { [route]: 3 });
    expect(countsIn(await get(one, '/metrics'))).toEqual({ [route]: 3 });
    expect(await get(other, '/metrics')).toMatch(/^prom_agent_build_info\{.*\} 1$/m);
    await other.close();
    await shows(registry, { [route]: 1 });
    await one.close();
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it('http: true counts as it does without, no more refused as no object', async () => {
    const registry = new Registry();
    await get(await start(registry, true));
    await shows(registry, { [route]: 1 });
  });

  it('two apps in one registry, told apart by a label', async () => {
    const registry = new Registry();
    const one = await start(registry, { labels: { app: 'one' } });
    await get(one);
    await get(await start(registry, { labels: { app: 'other' } }));
    const labels = (app: string) => route.replace(',status', `,app="${app}",status`);
    await shows(registry, { [labels('one')]: 1, [labels('other')]: 1 });
  });

  it('an app that is made again after close() counts from zero', async () => {
    const registry = new Registry();
    const one = await start(registry);
    await get(one);
    await shows(registry, { [route]: 1 });
    await one.close();
    await get(await start(registry));
    await shows(registry, { [route]: 1 });
  });

  it('an app that is made again without close(), as by a hot reload, goes on with the counts', async () => {
    const registry = new Registry();
    const left = await start(registry);
    await get(left);
    await shows(registry, { [route]: 1 });
    const again = await start(registry);
    await get(again);
    await shows(registry, { [route]: 2 });
    expect([...left.errors, ...again.errors]).toEqual([]);
    // The reloader may dispose of the old one late.
    await left.close();
    await shows(registry, { [route]: 1 });
  });

  it('the metrics cleared from the registry, as between tests, do not come back', async () => {
    const registry = new Registry();
    const left = await start(registry);
    await get(left);
    await shows(registry, { [route]: 1 });
    registry.clear();
    const again = await start(registry);
    await get(again);
    await shows(registry, { [route]: 1 });
    await left.close();
    await shows(registry, { [route]: 1 });
  });

  it('other buckets beside an app that is not closed are refused, in words that help', async () => {
    const registry = new Registry();
    const one = await start(registry);
    await get(one);
    await expect(start(registry, { buckets: [1, 2] })).rejects.toThrow(
      /an agent that is not closed has http_request_duration_seconds .* close\(\) that agent first/,
    );
    await shows(registry, { [route]: 1 });
    await one.close();
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it('nothing is left of it in a registry that was rendered as OpenMetrics', async () => {
    const registry = new Registry();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    const one = await start(registry);
    const text = await registry.metrics();
    expect(text).toContain('# TYPE prom_agent_scrapes counter\nprom_agent_scrapes_total 0\n');
    expect(await registry.metrics()).toContain('# TYPE prom_agent_scrapes counter\n');
    await one.close();
    expect(registry.getMetricsAsArray()).toEqual([]);
  });
});

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

async function listening(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function loggerOf(onError: (error: unknown) => void) {
  const ignore = (): void => {};
  return {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: ({ err }: { err?: unknown }) => onError(err),
  };
}
