import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { Counter, Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import promAgent, { type PromAgentOptions } from './index.js';

const apps: FastifyInstance[] = [];

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

interface SetUp {
  options?: PromAgentOptions;
  routes?: (app: FastifyInstance) => void;
}

async function appWith({ options = {}, routes }: SetUp = {}): Promise<FastifyInstance> {
  const app = Fastify();
  apps.push(app);
  await app.register(promAgent, {
    registry: new Registry(),
    agent: { threads: 0 },
    ...options,
  });
  routes?.(app);
  return app;
}

/** `method route status: count` of each series, sorted. */
async function counts(app: FastifyInstance): Promise<string[]> {
  const { payload } = await app.inject('/metrics');
  const pattern =
    /^http_request_duration_seconds_count\{method="(.*)",route="(.*)",status_code="(.*)"\} (\d+)$/gm;
  return [...payload.matchAll(pattern)].map(([, ...parts]) => parts.join(' ')).sort();
}

/** The counts once there are so many requests: a response closes after its client has it. */
async function countsOf(app: FastifyInstance, requests: number): Promise<string[]> {
  for (;;) {
    const found = await counts(app);
    const total = found.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    if (total >= requests) return found;
    await sleep(5);
  }
}

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' });
  return (app.server.address() as AddressInfo).port;
}

describe('the routes of requests', () => {
  it.each<[string, { url: string; method?: 'GET' | 'HEAD' | 'POST' | 'DELETE' }, string]>([
    ['a template', { url: '/users/7?x=1' }, 'GET /users/:id 200 1'],
    ['a HEAD of a GET route', { url: '/users/7', method: 'HEAD' }, 'HEAD /users/:id 200 1'],
    ['a prefix', { url: '/api/v1/items/7' }, 'GET /api/v1/items/:item 201 1'],
    ['a route of several methods', { url: '/both', method: 'POST' }, 'POST /both 200 1'],
    ['a wildcard', { url: '/files/a/b/c' }, 'GET /files/* 200 1'],
    ['an error thrown', { url: '/throws' }, 'GET /throws 500 1'],
    ['an error with a status', { url: '/teapot' }, 'GET /teapot 418 1'],
    ['an error of a hook', { url: '/hook' }, 'GET /hook 403 1'],
    ['no route', { url: '/nothing/here' }, 'GET __unknown__ 404 1'],
    ['no route for the method', { url: '/throws', method: 'DELETE' }, 'DELETE __unknown__ 404 1'],
    ['a route older than the plugin', { url: '/old' }, 'GET /old 200 1'],
  ])('%s', async (_, request, expected) => {
    const app = Fastify();
    apps.push(app);
    app.get('/old', async () => 'old');
    await app.register(promAgent, { registry: new Registry(), agent: { threads: 0 } });
    app.get('/users/:id', async () => 'user');
    app.route({ method: ['GET', 'POST'], url: '/both', handler: async () => 'both' });
    app.get('/files/*', async () => 'file');
    app.get('/throws', async () => {
      throw new Error('thrown');
    });
    app.get('/teapot', async () => {
      throw Object.assign(new Error('thrown'), { statusCode: 418 });
    });
    const preHandler = async (): Promise<never> => {
      throw Object.assign(new Error('thrown'), { statusCode: 403 });
    };
    app.get('/hook', { preHandler }, async () => 'never');
    await app.register(
      (api, __, done) => {
        api.get('/items/:item', async (___, reply) => reply.code(201).send('item'));
        done();
      },
      { prefix: '/api/v1' },
    );
    await app.inject(request);
    expect(await counts(app)).toEqual([expected]);
  });

  it('paths that scanners try are one series per method', async () => {
    const app = await appWith();
    for (let i = 0; i < 30; i++) await app.inject(`/wp-admin/${i}.php`);
    expect(await counts(app)).toEqual(['GET __unknown__ 404 30']);
  });

  it('a route that opts out, and /metrics and /federate, are not recorded', async () => {
    const app = await appWith({
      routes: (server) => {
        server.get('/health', { config: { promAgent: false } }, async () => 'ok');
      },
    });
    for (const url of ['/health', '/metrics', '/federate?match[]=up', '/metrics']) {
      expect((await app.inject(url)).statusCode).toBe(200);
    }
    await app.inject({ url: '/metrics', method: 'HEAD' });
    expect(await counts(app)).toEqual([]);
  });

  it('requests count while the app becomes ready', async () => {
    const app = await appWith({
      routes: (server) => {
        server.get('/', async () => 'ok');
      },
    });
    await Promise.all([app.inject('/'), app.inject('/')]);
    expect(await counts(app)).toEqual(['GET / 200 2']);
  });
});

describe('clients that go away', () => {
  it.each<[string, boolean, boolean]>([
    ['before the headers, by FIN', false, false],
    ['before the headers, by RST', false, true],
    ['after the headers, by FIN', true, false],
    ['after the headers, by RST', true, true],
  ])('%s are counted once, as 499', async (_, sendsHeaders, resets) => {
    const app = await appWith({
      routes: (server) => {
        server.get('/slow', (__, reply) => {
          if (sendsHeaders) reply.raw.write('x');
        });
      },
    });
    const socket = connect(await listen(app), '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    if (sendsHeaders) await once(socket, 'data');
    else await once(app.server, 'request');
    if (resets) socket.resetAndDestroy();
    else socket.destroy();
    expect(await countsOf(app, 1)).toEqual(['GET /slow 499 1']);
  });

  it('one that keeps its connection is counted with every request', async () => {
    const app = await appWith({
      routes: (server) => {
        server.get('/ok', async () => 'ok');
        server.get('/never', () => {});
      },
    });
    const socket = connect(await listen(app), '127.0.0.1');
    const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
    socket.write(get('/ok'));
    await once(socket, 'data');
    // Two in one packet: the second waits for the first.
    socket.write(get('/ok') + get('/never'));
    await once(socket, 'data');
    socket.destroy();
    expect(await countsOf(app, 3)).toEqual(['GET /never 499 1', 'GET /ok 200 2']);
  });

  it('a response that the service breaks off keeps the status it was sent with', async () => {
    const app = await appWith({
      routes: (server) => {
        server.get('/broken', (_, reply) => {
          reply.raw.write('x', () => reply.raw.destroy());
        });
        server.get('/dropped', (request) => {
          request.raw.socket.destroy();
        });
      },
    });
    const url = `http://127.0.0.1:${await listen(app)}`;
    await expect(fetch(`${url}/broken`).then((response) => response.text())).rejects.toThrow();
    await expect(fetch(`${url}/dropped`)).rejects.toThrow();
    expect(await countsOf(app, 2)).toEqual(['GET /broken 200 1', 'GET /dropped 500 1']);
  });

  it('over HTTP/2 cancel a stream', async () => {
    const { connect: connectHttp2 } = await import('node:http2');
    const app = Fastify({ http2: true });
    apps.push(app as unknown as FastifyInstance);
    await app.register(promAgent, { registry: new Registry(), agent: { threads: 0 } });
    app.get('/ok', async () => 'ok');
    app.get('/never', () => {});
    await app.listen({ port: 0, host: '127.0.0.1' });
    const session = connectHttp2(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
    const ok = session.request({ ':path': '/ok' }).resume();
    await once(ok, 'close');
    const never = session.request({ ':path': '/never' });
    await once(app.server, 'request');
    never.close(8);
    expect(await countsOf(app as unknown as FastifyInstance, 2)).toEqual([
      'GET /never 499 1',
      'GET /ok 200 1',
    ]);
    session.close();
  });
});

describe('what is served', () => {
  it('/metrics as a stream of text, gzipped for who accepts it', async () => {
    const registry = new Registry();
    new Counter({ name: 'orders_total', help: 'h', registers: [registry] }).inc(3);
    const app = await appWith({ options: { registry } });
    const plain = await app.inject('/metrics');
    expect(plain.headers['content-type']).toBe(
      'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
    );
    expect(plain.payload).toContain('\norders_total 3\n');
    const gzip = await app.inject({ url: '/metrics', headers: { 'accept-encoding': 'gzip' } });
    expect(gzip.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(gzip.rawPayload).toString()).toContain('\norders_total 3\n');
  });

  it('/federate: empty without match[], words about a selector it cannot read', async () => {
    const app = await appWith();
    const empty = await app.inject('/federate');
    expect([empty.statusCode, empty.payload]).toEqual([200, '']);
    const bad = await app.inject('/federate?match[]=up&match%5B%5D=not-a-name');
    expect([bad.statusCode, bad.payload]).toEqual([400, '1:4: parse error: unexpected "-"\n']);
    expect(bad.headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  it('elsewhere, or not at all', async () => {
    const elsewhere = await appWith({
      options: { endpoint: '/internal/metrics', federateEndpoint: false },
    });
    expect((await elsewhere.inject('/internal/metrics')).statusCode).toBe(200);
    expect((await elsewhere.inject('/metrics')).statusCode).toBe(404);
    expect((await elsewhere.inject('/federate')).statusCode).toBe(404);
    const nowhere = await appWith({ options: { endpoint: false } });
    expect((await nowhere.inject('/metrics')).statusCode).toBe(404);
  });

  it('on a port of their own, until the app closes', async () => {
    const other = await appWith();
    const port = await listen(other);
    await other.close();
    const metricsServer = { port, host: '127.0.0.1', bearerToken: 'tok' };
    const app = await appWith({ options: { endpoint: false, metricsServer } });
    await app.ready();
    const url = `http://127.0.0.1:${port}/metrics`;
    const authorized = await fetch(url, { headers: { authorization: 'Bearer tok' } });
    expect(await authorized.text()).toContain('prom_agent_build_info');
    expect((await fetch(url)).status).toBe(401);
    expect((await app.inject('/metrics')).statusCode).toBe(404);
    await app.close();
    await expect(fetch(url)).rejects.toThrow();
  });

  it.each<[string, PromAgentOptions]>([
    ['http: false', { http: false }],
    ['http.enabled: false', { http: { enabled: false } }],
  ])('no request metrics with %s', async (_, options) => {
    const app = await appWith({ options });
    await app.inject('/x');
    expect(await counts(app)).toEqual([]);
  });
});

describe('the plugin in the life of an app', () => {
  it('is refused a second time, in words', async () => {
    const app = await appWith();
    await expect(app.register(promAgent, {})).rejects.toThrow(/registered twice/);
  });

  it('refuses a name that is taken in the registry, in words that help', async () => {
    const registry = new Registry();
    new Counter({ name: 'http_request_duration_seconds', help: 'theirs', registers: [registry] });
    const app = Fastify();
    apps.push(app);
    await expect(app.register(promAgent, { registry })).rejects.toThrow(/http\.name/);
    expect(registry.getMetricsAsArray().map(({ name }) => name)).toEqual([
      'http_request_duration_seconds',
    ]);
  });

  it('a start that fails rejects ready() with the words of the cause', async () => {
    const app = await appWith({
      options: { agent: { threads: 1 }, threadFile: '/nowhere/thread.js' },
    });
    await expect(app.ready()).rejects.toThrow(/thread/);
  });

  it('takes its metrics out of the registry when the app closes', async () => {
    const registry = new Registry();
    const app = await appWith({ options: { registry } });
    await app.ready();
    expect(registry.getMetricsAsArray().length).toBeGreaterThan(0);
    await app.close();
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it('counts what the app sends where it is asked for, until it closes', async () => {
    const registry = new Registry();
    const app = await appWith({
      options: { registry, client: true },
      routes: (routes) => {
        routes.get('/asks/:port', async ({ params }) => {
          const { port } = params as { port: string };
          return (await fetch(`http://127.0.0.1:${port}/missing`)).text();
        });
      },
    });
    const port = await listen(app);
    await app.inject(`/asks/${port}`);
    const sample = `http_client_request_duration_seconds_count{method="GET",server="127.0.0.1:${port}",status_code="404"} 1`;
    await expect.poll(() => registry.metrics(), { timeout: 20_000 }).toContain(sample);
    await app.close();
    expect(await registry.metrics()).toBe('\n');
  });

  it('two apps of one process count apart', async () => {
    const routes = (server: FastifyInstance): void => {
      server.get('/', async () => 'ok');
    };
    const [one, two] = [await appWith({ routes }), await appWith({ routes })];
    await one.inject('/');
    await two.inject('/');
    await two.inject('/');
    expect([await counts(one), await counts(two)]).toEqual([['GET / 200 1'], ['GET / 200 2']]);
  });

  it('is refused in a part of an app that has it', async () => {
    const app = await appWith();
    const part = app.register((child, _, done) => {
      child.register(promAgent, {}).then(() => done(), done);
    });
    await expect(part).rejects.toThrow(/registered twice/);
  });
});
