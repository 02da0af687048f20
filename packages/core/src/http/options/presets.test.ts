import { describe, expect, it } from 'vitest';
import { createHttpRecorder } from '../recorder/http-recorder.js';
import { RouteLabels } from '../tracking/route-labels.js';
import type { HttpOptions } from './http-options.js';

/** Names of the metrics, and the labels of the first sample of the first of them. */
async function shown(options: HttpOptions): Promise<[names: string[], labels: object]> {
  const recorder = createHttpRecorder(options);
  const labels = new RouteLabels<unknown>(recorder, options);
  recorder.observe(labels.bind('GET', '/a'), 503, 0.2);
  const { values } = await recorder.metrics[0]!.get();
  return [recorder.metrics.map(({ name }) => name), values.at(-1)!.labels];
}

describe('presets', () => {
  it.each<[NonNullable<HttpOptions['preset']>, string[], object]>([
    [
      'default',
      [
        'http_request_duration_seconds',
        'http_response_time_to_headers_seconds',
        'http_request_size_bytes',
        'http_response_size_bytes',
        'http_requests_aborted_total',
        'http_requests_in_flight',
      ],
      { method: 'GET', route: '/a', status_code: '503' },
    ],
    [
      'otel',
      [
        'http_server_request_duration_seconds',
        'http_server_response_time_to_headers_seconds',
        'http_server_request_body_size_bytes',
        'http_server_response_body_size_bytes',
        'http_server_requests_aborted_total',
        'http_server_active_requests',
      ],
      {
        http_request_method: 'GET',
        http_route: '/a',
        url_scheme: 'http',
        http_response_status_code: '503',
        error_type: '503',
      },
    ],
    [
      'fastify-metrics',
      ['http_request_duration_seconds', 'http_request_summary_seconds'],
      { method: 'GET', route: '/a', status_code: '503' },
    ],
    ['express-prom-bundle', ['http_request_duration_seconds'], { status_code: '503' }],
  ])('%s', async (preset, names, labels) => {
    expect(await shown({ preset })).toEqual([[...names, 'prom_agent_http_overflow_total'], labels]);
  });

  it('give way to what the app says', async () => {
    const labelNames = { method: 'method', route: 'path' };
    const [names, labels] = await shown({
      preset: 'express-prom-bundle',
      prefix: 'shop_',
      labelNames,
    });
    expect(names[0]).toBe('shop_http_request_duration_seconds');
    expect(labels).toEqual({ method: 'GET', path: '/a', status_code: '503' });
  });

  it('that is not known is an error that names those that are', () => {
    expect(() => createHttpRecorder({ preset: 'other' as never })).toThrow(/fastify-metrics/);
  });
});

describe('what is ignored', () => {
  it.each<[string, HttpOptions, string, string, boolean]>([
    ['a path', { ignore: { paths: ['/health'] } }, 'GET', '/health?x=1', true],
    ['a pattern', { ignore: { paths: [/^\/internal\//g] } }, 'GET', '/internal/x', true],
    ['another path', { ignore: { paths: ['/health'] } }, 'GET', '/healthy', false],
    ['a method', { ignore: { methods: ['OPTIONS'] } }, 'OPTIONS', '/', true],
    ['what a function says', { ignore: { request: () => true } }, 'GET', '/', true],
  ])('%s', (_, options, method, url, expected) => {
    const labels = new RouteLabels<unknown>(createHttpRecorder(options), options);
    expect(labels.ignoresSome).toBe(true);
    expect(labels.isIgnored({}, method, url)).toBe(expected);
    expect(labels.isIgnored({}, method, url)).toBe(expected);
  });

  it('routes, and requests without one', () => {
    const options: HttpOptions = { ignore: { routes: [/^\/admin/] }, unmatchedRoute: false };
    const labels = new RouteLabels<unknown>(createHttpRecorder(options), options);
    expect([labels.bind('GET', '/admin/x'), labels.bind('GET', undefined)]).toEqual([-1, -1]);
    expect(labels.bind('GET', '/a')).toBeGreaterThan(0);
  });
});
