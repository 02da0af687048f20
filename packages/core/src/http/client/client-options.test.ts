import { Registry } from 'prom-client';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { createAgent } from '../../agent.js';
import { systemClock } from '../../clock.js';
import { HttpScene, limits } from '../../http-client/http-scene.contract.js';
import { registerMetrics } from '../../self/register-metric.js';
import type { RegistryLike } from '../../self/registry.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { NodeHandler } from '../node-handler.js';
import type { ClientMetricsOptions } from './client-options.js';
import { ClientRecorder } from './client-recorder.js';
import { type ClientScene, clientScene } from './client-scene.contract.js';
import { recordClientRequests } from './record-client-requests.js';

let scene: ClientScene | undefined;

afterEach(async () => {
  await scene?.close();
  scene = undefined;
});

async function get(path: string, origin = scene!.origin): Promise<void> {
  const { body } = await request(origin + path);
  await body.text();
}

const count = 'http_client_request_duration_seconds_count';

describe('options of the metrics of outgoing requests', () => {
  it.each<[string, ClientMetricsOptions, string]>([
    [
      'a label of each request',
      { labels: { query: ({ path }) => path.slice(-1) } },
      'method="GET",server="server",query="1",status_code="404"',
    ],
    [
      'a label of them all',
      { labels: { to: 'shop' } },
      'method="GET",server="server",to="shop",status_code="404"',
    ],
    [
      'templates of paths',
      { route: () => '/items/:id' },
      'method="GET",route="/items/:id",server="server",status_code="404"',
    ],
    [
      'statuses in groups',
      { statusCode: 'grouped' },
      'method="GET",server="server",status_code="4xx"',
    ],
    [
      'other label names',
      { labelNames: { server: 'target', method: false, statusCode: 'code' } },
      'target="server",code="404"',
    ],
    [
      'host and port apart',
      { labelNames: { server: 'host', port: 'port' } },
      'method="GET",host="127.0.0.1",port="server port",status_code="404"',
    ],
    ['no server', { labelNames: { server: false } }, 'method="GET",status_code="404"'],
  ])('%s', async (_, options, labels) => {
    scene = await clientScene(options);
    await get('/items/1');
    const found = await scene.samples(count);
    const { port } = scene;
    expect(found.map((line) => line.replace(`"${port}"`, '"server port"'))).toEqual([
      `${count}{${labels}} 1`,
    ]);
  });

  it('names of OpenTelemetry, with the codes of errors', async () => {
    scene = await clientScene({ preset: 'otel', route: () => '/items/:id', requests: true });
    await get('/items/1');
    await expect(get('/reset')).rejects.toThrow();
    const text = await scene.registry.metrics();
    const types = [...text.matchAll(/^# TYPE (.*)$/gm)].map(([, type]) => type);
    expect(types).toEqual([
      'http_client_request_duration_seconds histogram',
      'http_client_response_time_to_headers_seconds histogram',
      'http_client_request_body_size_bytes histogram',
      'http_client_response_body_size_bytes histogram',
      'http_client_requests_total counter',
      'http_client_request_errors_total counter',
      'http_client_active_requests gauge',
      'prom_agent_http_client_overflow_total counter',
    ]);
    const server = `server_address="127.0.0.1",server_port="${scene.port}"`;
    const request = `http_request_method="GET",url_template="/items/:id",${server}`;
    expect(await scene.samples(count)).toEqual([
      `${count}{${request},http_response_status_code="404",error_type="404"} 1`,
      `${count}{${request},error_type="reset"} 1`,
    ]);
    expect(text).toContain(`http_client_active_requests{${server}} 0`);
  });

  it.each<[string, (port: number) => ClientMetricsOptions]>([
    ['servers', (port) => ({ ignore: { servers: [`127.0.0.1:${port}`] } })],
    ['servers by a pattern', () => ({ ignore: { servers: [/^127\.0\.0\.1:/] } })],
    ['methods', () => ({ ignore: { methods: ['GET'] } })],
    ['requests', () => ({ ignore: { request: ({ path }) => path === '/ok' } })],
    ['everything', () => ({ enabled: false })],
  ])('ignores %s', async (_, options) => {
    const server = await clientScene({ enabled: false });
    scene = await clientScene(options(server.port));
    await get('/ok', server.origin);
    expect(await scene.samples('http_client')).toEqual([]);
    await server.close();
  });

  it.each<[string, ClientMetricsOptions]>([
    ['client.name', { name: 'with space' }],
    ['client.buckets', { buckets: [2, 1] }],
    ['client.errors.name', { errors: { name: '1' } }],
    ['client.labelNames', { labelNames: { server: 'method' } }],
    ['client.maxSeries', { maxSeries: 0 }],
    ['client.seriesTtlMs', { seriesTtlMs: -1 }],
    ['client.statusCode', { statusCode: 'none' as never }],
    ['client.preset', { preset: 'fastify-metrics' as never }],
  ])('a bad %s is refused', (field, options) => {
    expect(() => new ClientRecorder(options, () => {})).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(field) }),
    );
  });

  it('functions that throw are told of, and the request is let go', async () => {
    scene = await clientScene({
      route: () => {
        throw new Error('no route');
      },
    });
    await get('/ok');
    expect(scene.errors).toEqual([new Error('no route')]);
    expect(await scene.samples('http_client')).toEqual([]);
  });
});

describe('series of outgoing requests', () => {
  it('beyond maxSeries share one, and are counted', async () => {
    scene = await clientScene({ maxSeries: 2, route: ({ path }) => path });
    for (const path of ['/a', '/b', '/c', '/d', '/a']) await get(path);
    const at = (path: string) =>
      `${count}{method="GET",route="${path}",server="server",status_code="404"}`;
    const other = `${count}{method="__overflow__",route="__overflow__",server="__overflow__",status_code="__overflow__",error="__overflow__"}`;
    expect(await scene.samples(count)).toEqual([`${other} 2`, `${at('/a')} 2`, `${at('/b')} 1`]);
    expect(await scene.samples('prom_agent_http_client_overflow_total')).toEqual([
      'prom_agent_http_client_overflow_total 2',
    ]);
  });

  it('that are idle go after seriesTtlMs, and make room', async () => {
    scene = await clientScene({ enabled: false });
    const clock = new ManualClock();
    const recorder = new ClientRecorder(
      { maxSeries: 2, seriesTtlMs: 1000, route: ({ path }) => path },
      () => expect.unreachable(),
      clock,
    );
    const registry = new Registry();
    registerMetrics(registry as unknown as RegistryLike, recorder.metrics, '');
    recorder.open();
    const routes = async () => {
      const text = await registry.getSingleMetricAsString('http_client_request_duration_seconds');
      const lines = [...text.matchAll(/_count\{.*route="(.*?)".*\} (\d+)/g)];
      return lines.map(([, route, times]) => `${route} ${times}`).sort();
    };
    for (let turn = 0; turn < 5; turn++) {
      await get(`/${turn}x`);
      await get(`/${turn}y`);
      await get(`/${turn}x`);
      expect(await routes()).toEqual([`/${turn}x 2`, `/${turn}y 1`]);
      await clock.advance(1000);
      expect(await routes()).toEqual([]);
    }
    recorder.close();
  });
});

describe('the metrics of outgoing requests', () => {
  it('leave out what the agent itself sends', async () => {
    scene = await clientScene();
    const own = new HttpScene(systemClock);
    const answer = await own.client({}).request({ url: `${scene.origin}/redirect`, ...limits });
    expect(answer.status).toBe(200);
    expect(await scene.samples('http_client')).toEqual([]);
    await get('/ok');
    await scene.shows(count, [`${count}{method="GET",server="server",status_code="200"} 1`]);
    await own.close();
  });

  it('are there with the option of a handler, and go with it', async () => {
    scene = await clientScene({ enabled: false });
    const registry = new Registry();
    const agent = await createAgent({ registry, agent: { threads: 0 } });
    const handler = new NodeHandler(agent, { http: false, client: true });
    await get('/ok');
    expect(await registry.metrics()).toContain(`${count}{method="GET",`);
    handler.close();
    await agent.close();
    expect(await registry.metrics()).toBe('\n');
    await get('/ok');
  });

  it('of two agents in one process count each for itself', async () => {
    scene = await clientScene();
    const other = await clientScene();
    await get('/ok');
    const lines = [`${count}{method="GET",server="server",status_code="200"} 1`];
    await scene.shows(count, lines);
    other.client?.close();
    await get('/ok');
    expect(await scene.samples(count)).toEqual([lines[0]!.replace(/1$/, '2')]);
    expect(await other.registry.metrics()).toBe('\n');
    await other.close();
  });

  it('of two apps in one registry count once, in the newer one, until that closes', async () => {
    scene = await clientScene({ enabled: false });
    const registry = new Registry();
    const seen: string[] = [];
    const record = (name: string) =>
      recordClientRequests(
        registry as unknown as RegistryLike,
        { ignore: { request: () => seen.push(name) === 0 } },
        () => expect.unreachable(),
      );
    const counted = async () =>
      [
        ...(await registry.metrics()).matchAll(
          /^http_client_request_duration_seconds_count.* (\d+)$/gm,
        ),
      ].map(([, times]) => times);
    const older = record('older');
    // It begins in the older one, and ends there.
    const underWay = get('/ok');
    const newer = record('newer');
    await underWay;
    await get('/ok');
    expect(seen).toEqual(['older', 'newer']);
    await expect.poll(counted, { timeout: 20_000 }).toEqual(['2']);
    expect(await registry.metrics()).toMatch(/^http_client_requests_in_flight\{.*\} 0$/m);
    newer?.close();
    await get('/ok');
    expect(seen).toEqual(['older', 'newer', 'older']);
    await expect.poll(counted, { timeout: 20_000 }).toEqual(['2']);
    older?.close();
    newer?.close();
    await get('/ok');
    expect(seen).toHaveLength(3);
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it.each([
    ['client: expected an object, got "yes"', 'yes'],
    ['client.server: unknown field', { server: 'x' }],
    ['client.ignore.servers: expected a list of texts and regular', { ignore: { servers: 'a:1' } }],
    ['client.route: expected a function', { route: '/x' }],
  ])('are refused with what is no option: %s', (words, options) => {
    const registry = new Registry() as unknown as RegistryLike;
    const record = () => recordClientRequests(registry, options as never, () => {});
    expect(record).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(words) }),
    );
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it('are refused where the registry has others of their name', async () => {
    const registry = new Registry();
    const agent = await createAgent({ registry, agent: { threads: 0 } });
    const name = 'prom_agent_build_info';
    const before = await registry.metrics();
    expect(registry.getSingleMetric(name)).toBeDefined();
    registry.registerMetric({ name: 'http_client_requests_in_flight' } as never);
    expect(() => new NodeHandler(agent, { client: true })).toThrow(
      expect.objectContaining({ code: 'REGISTRY_CONFLICT' }),
    );
    registry.removeSingleMetric('http_client_requests_in_flight');
    expect((await registry.metrics()).replace(/ [\d.e+-]+$/gm, '')).toBe(
      before.replace(/ [\d.e+-]+$/gm, ''),
    );
    await agent.close();
  });
});
