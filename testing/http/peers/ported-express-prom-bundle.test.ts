import type { PromAgentOptions } from '@prom-agent/express';
import type { Request, RequestHandler, Response } from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { promClientOf, requirePeer } from './peer-packages.js';
import { shownByAgent, shownByPeer } from './ported-express.js';

afterEach(() => promClientOf('express-prom-bundle').register.clear());

interface Port {
  readonly theirs: object;
  readonly ours: PromAgentOptions;
}

const preset = 'express-prom-bundle';
const withMethod = { method: 'method' };
const withPath = { route: 'path' };
const both = { ...withMethod, ...withPath };

/** What it shows in place of a value. */
const values = (template: string) => template.replace('/users/:id', '/users/#val');

/** The examples of its README first, then the rest of its options. */
const ports: Readonly<Record<string, Port>> = {
  'sample usage': {
    theirs: { includeMethod: true },
    ours: { defaultMetrics: false, http: { preset, labelNames: withMethod } },
  },
  'paths with patterns of their own': {
    theirs: {
      includePath: true,
      normalizePath: [
        ['^/customer/.*', '/customer/#name'],
        ['^.*/order-list', '/#name/order-list'],
      ],
      urlValueParser: { minHexLength: 5, extraMasks: ['ORD[0-9]{5,}'] },
    },
    ours: {
      defaultMetrics: false,
      http: {
        preset,
        labelNames: withPath,
        routeLabel: (template) =>
          values(template).replace(':name', '#name').replace('/docs/:page', '/docs/login'),
      },
    },
  },
  'paths of a function': {
    theirs: {
      includePath: true,
      normalizePath: ({ originalUrl, route }: Request) =>
        originalUrl.startsWith('/docs') ? '/docs/*' : route.path,
    },
    ours: {
      defaultMetrics: false,
      http: {
        preset,
        labelNames: withPath,
        routeLabel: (template) => (template.startsWith('/docs') ? '/docs/*' : template),
      },
    },
  },
  'paths of routes': {
    theirs: { includePath: true, normalizePath: ({ route }: Request) => route?.path ?? 'NULL' },
    ours: {
      defaultMetrics: false,
      http: { preset, labelNames: withPath, unmatchedRoute: 'NULL' },
    },
  },
  'all but some paths': {
    theirs: {
      includePath: true,
      normalizePath: ({ route }: Request) => route.path,
      excludeRoutes: [/^\/foo/],
    },
    ours: {
      defaultMetrics: false,
      http: { preset, labelNames: withPath, ignore: { paths: [/^\/foo/] } },
    },
  },
  'kraken.js': {
    theirs: {
      includeMethod: true,
      includePath: true,
      buckets: [0.1, 1, 5],
      normalizePath: ({ route }: Request) => route.path,
      promClient: { collectDefaultMetrics: {} },
    },
    ours: { http: { preset, buckets: [0.1, 1, 5], labelNames: both } },
  },
  'a summary': {
    theirs: { metricType: 'summary' },
    ours: {
      defaultMetrics: false,
      http: {
        preset,
        duration: false,
        summary: {
          name: 'http_request_duration_seconds',
          percentiles: [0.5, 0.75, 0.95, 0.98, 0.99, 0.999],
        },
      },
    },
  },
  'another name, percentiles, path': {
    theirs: {
      metricType: 'summary',
      percentiles: [0.5, 0.9],
      httpDurationMetricName: 'shop_http_request_seconds',
      metricsPath: '/internal',
    },
    ours: {
      endpoint: '/internal',
      defaultMetrics: false,
      http: {
        preset,
        duration: false,
        summary: { name: 'shop_http_request_seconds', percentiles: [0.5, 0.9] },
      },
    },
  },
  'labels of the app': {
    theirs: {
      includeMethod: true,
      customLabels: { project_name: 'hello_world', customer: null },
      transformLabels: (labels: Record<string, unknown>, { headers }: Request) =>
        Object.assign(labels, { customer: headers['customer'] }),
    },
    ours: {
      defaultMetrics: false,
      http: {
        preset,
        labelNames: withMethod,
        labels: {
          project_name: 'hello_world',
          customer: ({ headers }) => String(headers['customer']),
        },
      },
    },
  },
  'no status, or another': {
    theirs: {
      formatStatusCode: ({ statusCode }: Response) => (statusCode < 400 ? 'good' : 'bad'),
      bypass: ({ path }: Request) => path === '/hello',
    },
    ours: {
      defaultMetrics: false,
      http: {
        preset,
        statusCode: (code) => (code < 400 ? 'good' : 'bad'),
        ignore: { request: ({ path }) => path === '/hello' },
      },
    },
  },
  'no labels': {
    theirs: { includeStatusCode: false },
    ours: { defaultMetrics: false, http: { preset, labelNames: { statusCode: false } } },
  },
};

describe('an example of express-prom-bundle has the same series here', () => {
  it.each(Object.entries(ports))('%s', async (_, { theirs, ours }) => {
    const { metricsPath } = theirs as { metricsPath?: string };
    const bundle = requirePeer('express-prom-bundle')({ includeUp: false, ...theirs });
    const expected = await shownByPeer(bundle as RequestHandler, metricsPath);
    expect(expected.length).toBeGreaterThan(7);
    expect(await shownByAgent(ours)).toEqual(expected);
  });
});
