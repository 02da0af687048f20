import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createAgent } from '../../agent.js';
import type { RegistryLike } from '../../self/registry.js';
import { closeHandlerScenes, handlerScene } from '../handler-scene.contract.js';
import type { HttpOptions } from './http-options.js';

afterEach(closeHandlerScenes);

const makeAgent = (registry: RegistryLike) => createAgent({ registry, agent: { threads: 0 } });

/** What a service with these options shows of four requests: two routes, a failure, and no route. */
async function samplesWith(http: HttpOptions<IncomingMessage>): Promise<string[]> {
  let closed = 0;
  const { port, registry } = await handlerScene(
    makeAgent,
    { http },
    (request, response, handler) => {
      const { url = '' } = request;
      if (url.startsWith('/orders/')) handler.setRoute(request, '/orders/:id');
      if (url === '/health') handler.setRoute(request, '/health');
      response.on('close', () => closed++);
      response.writeHead(url === '/orders/0' ? 503 : 200).end('ok');
    },
  );
  const origin = `http://127.0.0.1:${port}`;
  for (const [path, method] of [
    ['/orders/7?x=1', 'GET'],
    ['/orders/0', 'POST'],
    ['/health', 'GET'],
    ['/scanned.php', 'GET'],
  ] as const) {
    const headers = { tenant: 'blue' };
    await (await fetch(origin + path, { method, headers })).text();
  }
  await expect.poll(() => closed, { timeout: 20_000 }).toBe(4);
  const text = await registry.metrics();
  return text.split('\n').filter((line) => !line.startsWith('#') && line !== '');
}

/** Without what is there anyway. */
const only: HttpOptions<IncomingMessage> = {
  buckets: [60],
  timeToHeaders: false,
  requestSize: false,
  responseSize: false,
  aborted: false,
  inFlight: false,
};

const orders = 'method="GET",route="/orders/:id",status_code="200"';
const failed = 'method="POST",route="/orders/:id",status_code="503"';
const health = 'method="GET",route="/health",status_code="200"';
const unknown = 'method="GET",route="__unknown__",status_code="200"';

describe('counted with', () => {
  it.each<[string, HttpOptions<IncomingMessage>, string[]]>([
    ['no option', {}, [orders, failed, health, unknown]],
    ['ignore.routes', { ignore: { routes: ['/health', /^\/admin/] } }, [orders, failed, unknown]],
    ['ignore.paths', { ignore: { paths: [/^\/orders\/7$/, '/health'] } }, [failed, unknown]],
    ['ignore.methods', { ignore: { methods: ['GET'] } }, [failed]],
    [
      'ignore.request',
      { ignore: { request: ({ url }) => url === '/health' } },
      [orders, failed, unknown],
    ],
    ['ignore.response', { ignore: { response: (_, status) => status < 500 } }, [failed]],
    ['unmatchedRoute: false', { unmatchedRoute: false }, [orders, failed, health]],
    [
      'unmatchedRoute, a text',
      { unmatchedRoute: '-' },
      [orders, failed, health, unknown.replace('__unknown__', '-')],
    ],
    [
      'unmatchedRoute, a function',
      { unmatchedRoute: ({ url }) => url! },
      [orders, failed, health, unknown.replace('__unknown__', '/scanned.php')],
    ],
    [
      'routeLabel',
      { routeLabel: (template) => template.replace(/:\w+/g, '#val') },
      [orders, failed, health, unknown].map((one) => one.replace(':id', '#val')),
    ],
    [
      "statusCode: 'grouped'",
      { statusCode: 'grouped' },
      [orders, failed, health, unknown].map((one) => one.replace(/"(\d)\d\d"/, '"$1xx"')),
    ],
    [
      'statusCode, a function',
      { statusCode: (code) => (code < 500 ? 'good' : 'bad') },
      [orders, failed, health, unknown].map((one) =>
        one.replace('"200"', '"good"').replace('"503"', '"bad"'),
      ),
    ],
    [
      'labelNames',
      { labelNames: { method: 'verb', route: 'path', statusCode: 'code', errorType: 'error' } },
      [orders, `${failed},error="503"`, health, unknown].map((one) =>
        one.replace('method', 'verb').replace('route', 'path').replace('status_code', 'code'),
      ),
    ],
    ['labelNames: false', { labelNames: { method: false, route: false, statusCode: false } }, ['']],
    [
      'labels',
      { labels: { zone: 'a', tenant: ({ headers }) => String(headers['tenant']) } },
      [orders, failed, health, unknown].map((one) =>
        one.replace(/,status/, ',tenant="blue",zone="a",status'),
      ),
    ],
    [
      'labels in place of one of ours',
      {
        labelNames: { method: false },
        labels: { method: ({ method = '' }) => method.toLowerCase() },
      },
      [orders, failed, health, unknown].map((one) => {
        const [, method = '', route, status] = /method="(.*?)",(route=".*?"),(.*)/.exec(one) ?? [];
        return `${route},method="${method.toLowerCase()}",${status}`;
      }),
    ],
    [
      'maxSeries',
      { maxSeries: 1 },
      ['method="__overflow__",route="__overflow__",status_code="__overflow__"', orders],
    ],
  ])('%s', async (_, options, expected) => {
    const samples = await samplesWith({ ...only, ...options });
    const pattern = /^http_request_duration_seconds_count(?:\{(.*)\})? \d+$/;
    const found = samples.flatMap((line) => {
      const match = pattern.exec(line);
      return match === null ? [] : [match[1] ?? ''];
    });
    expect(found).toEqual(expected);
  });
});

describe('shown with', () => {
  const total = 'prom_agent_http_overflow_total';
  it.each<[string, HttpOptions<IncomingMessage>, string[]]>([
    ['enabled: false', { enabled: false }, []],
    [
      'no option',
      {},
      [
        'http_request_duration_seconds',
        'http_request_size_bytes',
        'http_requests_in_flight',
        'http_response_size_bytes',
        total,
      ],
    ],
    ['prefix', { ...only, prefix: 'shop_' }, [total, 'shop_http_request_duration_seconds']],
    ['name', { ...only, name: 'took_seconds' }, [total, 'took_seconds']],
    [
      'duration: false',
      { ...only, duration: false, requests: true },
      ['http_requests_total', total],
    ],
    ['duration.name', { ...only, duration: { name: 'took_seconds' } }, [total, 'took_seconds']],
    [
      'summary',
      { ...only, duration: false, summary: { percentiles: [0.5] } },
      ['http_request_summary_seconds', total],
    ],
    [
      'requests.name',
      { ...only, duration: false, requests: { name: 'asked_total' } },
      ['asked_total', total],
    ],
    [
      'sizes',
      {
        ...only,
        duration: false,
        requestSize: { name: 'in_bytes', buckets: [1] },
        responseSize: true,
      },
      ['http_response_size_bytes', 'in_bytes', total],
    ],
    ['inFlight.name', { ...only, duration: false, inFlight: { name: 'now' } }, ['now', total]],
  ])('%s', async (_, options, expected) => {
    const samples = await samplesWith(options);
    const names = samples.map((line) =>
      line.replace(/[{ ].*/, '').replace(/_(bucket|sum|count)$/, ''),
    );
    expect([...new Set(names)].filter((name) => !/^prom_agent_(?!http)/.test(name)).sort()).toEqual(
      expected,
    );
  });

  it('buckets', async () => {
    const samples = await samplesWith({ ...only, buckets: [0.25, 30] });
    const bounds = samples.flatMap((line) => /le="(.*?)"/.exec(line)?.[1] ?? []);
    expect([...new Set(bounds)]).toEqual(['0.25', '30', '+Inf']);
  });
});
