import type { PromAgentOptions } from '@prom-agent/express';
import type { Request, RequestHandler } from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { promClientOf, requirePeer } from './peer-packages.js';
import { shownByAgent, shownByPeer } from './ported-express.js';
import { withDefaultMetrics } from './with-default-metrics.js';

const name = 'prometheus-api-metrics';

afterEach(() => promClientOf(name).register.clear());

/** As it names and counts them; the default metrics are those of an agent's own registry. */
const asThere: NonNullable<Exclude<PromAgentOptions['http'], false>> = {
  labelNames: { statusCode: 'code' },
  buckets: [0.001, 0.005, 0.015, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5],
  requestSize: { buckets: [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000] },
  responseSize: { buckets: [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000] },
  timeToHeaders: false,
  aborted: false,
  inFlight: false,
};

interface Port {
  readonly theirs: object;
  readonly ours: PromAgentOptions;
}

/** The examples of its README first, then the rest of its options. */
const ports: Readonly<Record<string, Port>> = {
  usage: { theirs: {}, ours: { http: asThere } },
  'additional-labels': {
    theirs: {
      additionalLabels: ['customer', 'cluster'],
      extractAdditionalLabelValuesFn: ({ headers }: Request) => ({
        customer: headers['customer'],
        cluster: headers['host']?.slice(0, 3),
      }),
    },
    ours: {
      http: {
        ...asThere,
        labels: {
          customer: ({ headers }) => String(headers['customer']),
          cluster: ({ headers }) => String(headers['host']?.slice(0, 3)),
        },
      },
    },
  },
  buckets: {
    theirs: {
      durationBuckets: [0.1, 1],
      requestSizeBuckets: [1, 2],
      responseSizeBuckets: [3, 4],
      metricsPath: '/internal',
    },
    ours: {
      endpoint: '/internal',
      http: {
        ...asThere,
        buckets: [0.1, 1],
        requestSize: { buckets: [1, 2] },
        responseSize: { buckets: [3, 4] },
      },
    },
  },
  prefix: {
    theirs: { metricsPrefix: 'shop' },
    ours: { registry: withDefaultMetrics('shop_'), http: { ...asThere, prefix: 'shop_' } },
  },
  'excluded-routes': {
    theirs: { excludeRoutes: ['/foo', 'users'] },
    ours: { http: { ...asThere, ignore: { routes: [/\/foo/, /users/] } } },
  },
};

/** What it has beyond: of the app's version and of its sockets. */
const isTheirsAlone = (series: string): boolean =>
  /app_version$|^expressjs_number_of_open_connections$/.test(series);

describe('an example of prometheus-api-metrics has the same series here', () => {
  it.each(Object.entries(ports))('%s', async (_, { theirs, ours }) => {
    const found = await shownByAgent(ours);
    const { metricsPath } = theirs as { metricsPath?: string };
    const shown = await shownByPeer(requirePeer(name)(theirs) as RequestHandler, metricsPath);
    expect(found).toEqual(shown.filter((series) => !isTheirsAlone(series)));
  });
});
