// Who counts the requests of the service and serves /metrics. Packages are loaded by the process that
// needs them alone.

/** 8,000 label sets. */
export const routes = Array.from({ length: 100 }, (_, i) => `/resource${i}/:id/items`);
export const methods = ['GET', 'POST', 'PUT', 'DELETE'];
export const statusCodes = [
  200, 201, 202, 203, 206, 207, 300, 301, 302, 303, 400, 401, 403, 404, 409, 410, 422, 429, 500,
  503,
];
export const labelSets = routes.length * methods.length * statusCodes.length;

const agent = { threads: 0 };
const maxSeries = labelSets + 100;
const durationAlone = {
  timeToHeaders: false,
  requestSize: false,
  responseSize: false,
  aborted: false,
  inFlight: false,
};

/** Each is called before the app has its routes. */
export const kinds = {
  async 'prom-agent'(app) {
    await withAgent(app, { http: { maxSeries } });
  },
  async 'prom-agent, duration alone'(app) {
    await withAgent(app, { http: { maxSeries, ...durationAlone } });
  },
  async 'prom-agent shows prom-client'(app) {
    const { Registry } = await import('prom-client');
    const registry = new Registry();
    await withAgent(app, { http: false, registry });
    await countWithPromClient(app, registry);
  },
  async 'prom-client'(app) {
    const { Registry } = await import('prom-client');
    const registry = new Registry();
    await countWithPromClient(app, registry);
    app.get('/metrics', async (_, reply) => {
      reply.type(registry.contentType);
      return registry.metrics();
    });
  },
  async 'fastify-metrics'(app) {
    const { default: fastifyMetrics } = await import('fastify-metrics');
    await app.register(fastifyMetrics, { endpoint: '/metrics' });
  },
};

async function withAgent(app, options) {
  const { default: promAgent } = await import('@prom-agent/fastify');
  await app.register(promAgent, { agent, ...options });
}

/** As its documentation has it: a histogram of the service's own. */
async function countWithPromClient(app, registry) {
  const { Histogram } = await import('prom-client');
  const histogram = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of requests.',
    labelNames: ['method', 'route', 'status_code'],
    registers: [registry],
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request;
    const labels = { method, route: routeOptions.url, status_code: reply.statusCode };
    histogram.observe(labels, reply.elapsedTime / 1000);
    done();
  });
}
