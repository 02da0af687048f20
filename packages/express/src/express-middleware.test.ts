import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import express, { type Express } from 'express';
import { Counter, Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import promAgent, { type PromAgentMiddleware, type PromAgentOptions } from './index.js';

const running: { server: Server; agent: PromAgentMiddleware }[] = [];

afterEach(async () => {
  for (const { server, agent } of running.splice(0)) {
    server.closeAllConnections();
    server.close();
    await agent.close();
  }
});

interface SetUp {
  options?: PromAgentOptions;
  routes?: (app: Express) => void;
}

async function serviceWith({ options = {}, routes }: SetUp = {}) {
  const registry = new Registry();
  const agent = promAgent({ registry, agent: { threads: 0 }, ...options });
  const app = express();
  app.set('env', 'test');
  app.use(agent);
  routes?.(app);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  running.push({ server, agent });
  const { port } = server.address() as AddressInfo;
  return { registry, agent, server, port, url: `http://127.0.0.1:${port}` };
}

/** `method route status count` of each series once there are so many requests. */
async function countsOf(registry: Registry, requests: number): Promise<string[]> {
  const pattern = /_count\{method="(.*)",route="(.*)",status_code="(.*)"\} (\d+)$/gm;
  for (;;) {
    const text = await registry.getSingleMetricAsString('http_request_duration_seconds');
    const found = [...text.matchAll(pattern)].map(([, ...parts]) => parts);
    const total = found.reduce((sum, parts) => sum + Number(parts.at(-1)), 0);
    if (total >= requests) return found.map((parts) => parts.join(' ')).sort();
    await sleep(5);
  }
}

describe('requests', () => {
  it('count from the first one on, before the agent has started', async () => {
    const agent = promAgent({ registry: new Registry(), agent: { threads: 0 } });
    const app = express();
    app.use(agent);
    app.get('/', (_, response) => void response.send('ok'));
    const server = app.listen(0, '127.0.0.1');
    running.push({ server, agent });
    await once(server, 'listening');
    await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await agent.ready();
    expect(await countsOf(agent.registry as Registry, 1)).toEqual(['GET / 200 1']);
  });

  it('a HEAD of a GET route, and an unknown method', async () => {
    const { registry, url } = await serviceWith({
      routes: (app) => {
        app.get('/a', (_, response) => void response.send('ok'));
        app.all('/b', (_, response) => void response.send('ok'));
      },
    });
    await fetch(`${url}/a`, { method: 'HEAD' });
    await fetch(`${url}/b`, { method: 'PROPFIND' });
    expect(await countsOf(registry, 2)).toEqual(['HEAD /a 200 1', '_OTHER /b 200 1']);
  });

  it.each<[string, boolean, boolean]>([
    ['before the headers, by FIN', false, false],
    ['before the headers, by RST', false, true],
    ['after the headers, by FIN', true, false],
    ['after the headers, by RST', true, true],
  ])('of a client that goes away %s count once, as 499', async (_, sendsHeaders, resets) => {
    const { registry, port, server } = await serviceWith({
      routes: (app) => {
        app.get('/slow/:id', (__, response) => {
          if (sendsHeaders) response.write('x');
        });
      },
    });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /slow/7 HTTP/1.1\r\nHost: x\r\n\r\n');
    if (sendsHeaders) await once(socket, 'data');
    else await once(server, 'request');
    if (resets) socket.resetAndDestroy();
    else socket.destroy();
    expect(await countsOf(registry, 1)).toEqual(['GET /slow/:id 499 1']);
  });

  it('count once when the middleware is mounted twice', async () => {
    const { registry, agent, url } = await serviceWith({
      routes: (app) => {
        app.use('/again', (request, response, next) => agentOf.agent?.(request, response, next));
        app.get('/again/x', (_, response) => void response.send('ok'));
      },
    });
    const agentOf: { agent?: PromAgentMiddleware } = { agent };
    await fetch(`${url}/again/x`);
    expect(await countsOf(registry, 1)).toEqual(['GET /again/x 200 1']);
  });
});

describe('what is served', () => {
  it('/metrics, gzipped for who accepts it, to GET and HEAD', async () => {
    const { registry, agent, url } = await serviceWith();
    new Counter({ name: 'orders_total', help: 'h', registers: [registry] }).inc(3);
    await agent.ready();
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toBe(
      'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
    );
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(await response.text()).toContain('\norders_total 3\n');
    const head = await fetch(`${url}/metrics`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(404);
  });

  it('/federate: empty without match[], words about a selector it cannot read', async () => {
    const { agent, url } = await serviceWith();
    await agent.ready();
    const empty = await fetch(`${url}/federate`);
    expect([empty.status, await empty.text()]).toEqual([200, '']);
    const bad = await fetch(`${url}/federate?match[]=not-a-name`);
    expect([bad.status, await bad.text()]).toEqual([400, '1:4: parse error: unexpected "-"\n']);
  });

  it('elsewhere, or not at all', async () => {
    const options = { endpoint: '/internal/metrics', federateEndpoint: false } as const;
    const { agent, url } = await serviceWith({ options });
    await agent.ready();
    expect((await fetch(`${url}/internal/metrics`)).status).toBe(200);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    expect((await fetch(`${url}/federate`)).status).toBe(404);
  });

  it('503 with words while it starts, when it could not start, and when it is closed', async () => {
    const { agent, url } = await serviceWith({
      options: { scrapeConfigs: [{ jobName: '' }], onError: () => {} },
    });
    await expect(agent.ready()).rejects.toThrow();
    const failed = await fetch(`${url}/metrics`);
    expect([failed.status, await failed.text()]).toEqual([
      503,
      expect.stringMatching(/^prom-agent did not start: .*jobName/s),
    ]);
    const good = await serviceWith();
    const starting = await fetch(`${good.url}/metrics`);
    expect([200, 503]).toContain(starting.status);
    await good.agent.close();
    const closed = await fetch(`${good.url}/federate`);
    expect([closed.status, await closed.text()]).toEqual([503, 'prom-agent is closed\n']);
  });
});

describe('a start that fails', () => {
  const cases: [string, PromAgentOptions][] = [
    ['for its configuration', { configFile: '/nowhere/prometheus.yml' }],
    ['for its threads', { agent: { threads: 1 }, threadFile: '/nowhere/thread.js' }],
    ['for the request metrics', { http: { name: 'not a name' } }],
  ];

  it.each(cases)('%s goes to onError and the log, and the app goes on', async (_, options) => {
    const errors: unknown[] = [];
    const logged: string[] = [];
    const ignore = (): void => {};
    const error = (__: object, message: string): void => void logged.push(message);
    const logger = { debug: ignore, info: ignore, warn: ignore, error };
    const { agent, url } = await serviceWith({
      options: { ...options, logger, onError: (thrown) => void errors.push(thrown) },
      routes: (app) => {
        app.get('/', (__, response) => void response.send('ok'));
      },
    });
    const reason = await agent.ready().catch((thrown: Error) => thrown);
    expect(reason).toBeInstanceOf(Error);
    expect(errors).toEqual([reason]);
    expect(logged).toContain(`prom-agent: ${(reason as Error).message}`);
    expect(await (await fetch(`${url}/`)).text()).toBe('ok');
  });

  it('is a warning of the process when nobody is told, and an onError that throws harms nobody', async () => {
    const warning = once(process, 'warning');
    const agent = promAgent({ configFile: '/nowhere/prometheus.yml' });
    await expect(agent.ready()).rejects.toThrow();
    expect(((await warning)[0] as Error).message).toContain('/nowhere/prometheus.yml');
    const thrown = once(process, 'warning');
    const onError = (): never => {
      throw new Error('thrown by onError');
    };
    await expect(promAgent({ configFile: '/nowhere', onError }).ready()).rejects.toThrow();
    expect(((await thrown)[0] as Error).message).toBe('thrown by onError');
  });

  it('refuses a name that is taken, and leaves the registry as it was', async () => {
    const registry = new Registry();
    new Counter({ name: 'http_request_duration_seconds', help: 'theirs', registers: [registry] });
    const agent = promAgent({ registry, onError: () => {} });
    await expect(agent.ready()).rejects.toThrow(/http\.name/);
    expect(registry.getMetricsAsArray()).toHaveLength(1);
  });
});

describe('the end', () => {
  it('takes the metrics of what was sent out as well', async () => {
    const { registry, agent, url, port } = await serviceWith({ options: { client: true } });
    await agent.ready();
    await (await fetch(`${url}/missing`)).text();
    const sample = `http_client_request_duration_seconds_count{method="GET",server="127.0.0.1:${port}",status_code="404"} 1`;
    await expect.poll(() => registry.metrics(), { timeout: 20_000 }).toContain(sample);
    await agent.close();
    expect(await registry.metrics()).toBe('\n');
  });

  it('close() while starting stops quietly, takes the metrics out, and is idempotent', async () => {
    const registry = new Registry();
    const errors: unknown[] = [];
    const onError = (error: unknown): void => void errors.push(error);
    const agent = promAgent({ registry, agent: { threads: 1 }, onError });
    await Promise.all([agent.close(), agent.close()]);
    expect(registry.getMetricsAsArray()).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('a service that closes its server exits, although nobody closed the agent', async () => {
    const script = `
      import express from 'express';
      import promAgent from '${new URL('../dist/index.js', import.meta.url)}';
      const agent = promAgent({
        scrapeConfigs: [{ jobName: 'a', staticConfigs: [{ targets: ['127.0.0.1:1'] }] }],
        remoteWrite: [{ url: 'http://127.0.0.1:1/' }],
        global: { scrapeIntervalMs: 1000, scrapeTimeoutMs: 500 },
      });
      const app = express();
      app.use(agent);
      app.get('/', (request, response) => response.send('ok'));
      await agent.ready();
      const server = app.listen(0, '127.0.0.1', async () => {
        const url = 'http://127.0.0.1:' + server.address().port;
        await (await fetch(url + '/')).text();
        process.stdout.write(await (await fetch(url + '/metrics')).text());
        server.closeAllConnections();
        server.close();
      });
    `;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { cwd: fileURLToPath(new URL('..', import.meta.url)), timeout: 100_000 },
    );
    expect(stdout).toMatch(
      /^http_request_duration_seconds_count\{method="GET",route="\/",.*\} 1$/m,
    );
    expect(stdout).toContain('prom_agent_');
  }, 120_000);
});
