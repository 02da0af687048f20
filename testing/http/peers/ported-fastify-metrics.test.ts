import fastifyAgent, { type PromAgentOptions } from '@prom-agent/fastify';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { promClientOf, requirePeer } from './peer-packages.js';
import { shownSeries } from './shown-series.js';
import { withDefaultMetrics } from './with-default-metrics.js';

const apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
  promClientOf('fastify-metrics').register.clear();
});

/** What `/metrics` shows after some requests. */
async function shown(
  register: (app: FastifyInstance) => Promise<unknown>,
  hasStats: boolean,
): Promise<string[]> {
  const app = Fastify();
  apps.push(app);
  await register(app);
  app.get('/users/:id', async () => 'user');
  app.post('/orders', async () => 'order');
  app.get('/health', async () => 'good');
  app.get(
    '/hidden',
    { config: { disableMetrics: true, promAgent: false } as object },
    async () => 'x',
  );
  if (hasStats) app.get('/stats', { config: { statsId: 'name' } as object }, async () => 'x');
  app.get('/throws', async () => {
    throw new Error('thrown');
  });
  for (const url of ['/users/7', '/users/8', '/health', '/hidden', '/stats', '/throws', '/nothing'])
    await app.inject(url);
  await app.inject({ method: 'POST', url: '/orders' });
  await app.inject({ method: 'HEAD', url: '/users/7' });
  await app.inject({ method: 'OPTIONS', url: '/users/7' });
  const { payload } = await app.inject('/metrics');
  return shownSeries(payload);
}

interface Port {
  readonly theirs: object;
  readonly ours: PromAgentOptions;
}

const preset = 'fastify-metrics';

/** The examples of its README first, then the rest of its options. */
const ports: Readonly<Record<string, Port>> = {
  usage: { theirs: { endpoint: '/metrics' }, ours: { endpoint: '/metrics', http: { preset } } },
  'histogram alone': {
    theirs: { routeMetrics: { enabled: { histogram: true, summary: false } } },
    ours: { http: { preset, summary: false } },
  },
  overrides: {
    theirs: {
      endpoint: '/metrics',
      routeMetrics: {
        overrides: {
          histogram: {
            name: 'my_custom_http_request_duration_seconds',
            buckets: [0.1, 0.5, 1, 3, 5],
          },
          summary: {
            help: 'custom request duration in seconds summary help',
            percentiles: [0.5, 0.75, 0.9, 0.95, 0.99],
          },
        },
      },
    },
    ours: {
      http: {
        preset,
        duration: {
          name: 'my_custom_http_request_duration_seconds',
          buckets: [0.1, 0.5, 1, 3, 5],
        },
        summary: {
          help: 'custom request duration in seconds summary help',
          percentiles: [0.5, 0.75, 0.9, 0.95, 0.99],
        },
      },
    },
  },
  'summary alone': {
    theirs: { routeMetrics: { enabled: { histogram: false, summary: true } } },
    ours: { http: { preset, duration: false } },
  },
  'no default metrics': {
    theirs: { defaultMetrics: { enabled: false } },
    ours: { defaultMetrics: false, http: { preset } },
  },
  'default metrics of another name': {
    theirs: { defaultMetrics: { enabled: true, prefix: 'shop_' } },
    ours: { registry: withDefaultMetrics('shop_'), http: { preset } },
  },
  'no route metrics': {
    theirs: { routeMetrics: { enabled: false } },
    ours: { http: false },
  },
  'unmatched routes, of a name': {
    theirs: { routeMetrics: { registeredRoutesOnly: false, invalidRouteGroup: 'none' } },
    ours: { http: { preset, unmatchedRoute: 'none' } },
  },
  'grouped status codes': {
    theirs: { routeMetrics: { groupStatusCodes: true } },
    ours: { http: { preset, statusCode: 'grouped' } },
  },
  'routes and methods left out': {
    theirs: { routeMetrics: { routeBlacklist: ['/health', /^\/th/], methodBlacklist: ['POST'] } },
    ours: { http: { preset, ignore: { routes: ['/health', /^\/th/], methods: ['POST'] } } },
  },
  'labels of the app': {
    theirs: {
      routeMetrics: {
        customLabels: { shop: 'berlin', host: ({ host }: { host: string }) => host },
      },
    },
    ours: { http: { preset, labels: { shop: 'berlin', host: ({ host }) => host } } },
  },
  statsId: {
    theirs: {},
    ours: { http: { preset, routeLabel: (route) => (route === '/stats' ? 'name' : route) } },
  },
  getRouteLabel: {
    theirs: {
      routeMetrics: {
        overrides: {
          labels: {
            getRouteLabel: ({ routeOptions }: { routeOptions: { url: string } }) =>
              `/api${routeOptions.url}`,
          },
        },
      },
    },
    ours: { http: { preset, routeLabel: (route) => `/api${route}` } },
  },
  'names of labels': {
    theirs: {
      routeMetrics: { overrides: { labels: { method: 'verb', route: 'path', status: 'code' } } },
    },
    ours: {
      http: { preset, labelNames: { method: 'verb', route: 'path', statusCode: 'code' } },
    },
  },
};

describe('an example of fastify-metrics has the same series here', () => {
  it.each(Object.entries(ports))('%s', async (name, { theirs, ours }) => {
    const hasStats = name === 'statsId';
    const fastifyMetrics = requirePeer('fastify-metrics').default;
    const expected = await shown(async (app) => app.register(fastifyMetrics, theirs), hasStats);
    const found = await shown(async (app) => {
      // biome-ignore lint/nursery/noMisusedPromises: Fastify waits for a plugin's promise.
      await app.register(fastifyAgent, { agent: { threads: 0 }, ...ours });
    }, hasStats);
    expect(expected.length).toBeGreaterThan(20);
    expect(found).toEqual(expected);
  });
});
