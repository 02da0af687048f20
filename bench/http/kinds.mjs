// How each server is set up. Packages are loaded by the process that needs them alone.

import { createServer, IncomingMessage, ServerResponse } from 'node:http';

const body = { hello: 'world', items: [1, 2, 3] };
const paths = ['/', '/users/:id', '/orders/:id/items', '/health'];

const noop = () => {};

/** `base`: what it is compared with; `counts`: shows how many requests it had. */
export const kinds = {
  'fastify bare': {},
  'fastify empty hooks': { base: 'fastify bare' },
  'fastify prom-agent': { base: 'fastify bare', counts: true },
  'fastify prom-agent, http: false': { base: 'fastify bare' },
  'fastify fastify-metrics': { base: 'fastify bare', counts: true },
  'fastify OpenTelemetry': { base: 'fastify bare', counts: true },
  ...expressKinds('express'),
  ...expressKinds('express 4.21'),
};

function expressKinds(name) {
  const base = `${name} bare`;
  return {
    [base]: {},
    [`${name} prototypes`]: { base },
    [`${name} empty hooks`]: { base },
    [`${name} prom-agent`]: { base, counts: true },
    [`${name} express-prom-bundle`]: { base, counts: true },
  };
}

export async function promApp(kind, port) {
  const [, framework, what] = /^(fastify|express 4\.21|express) (.*)$/.exec(kind);
  if (framework === 'express') return expressApp((await import('express')).default, what, port);
  if (framework !== 'fastify') return expressApp((await import('express4')).default, what, port);
  // Its hooks into node:http have to be there before the framework is loaded.
  if (what === 'OpenTelemetry') await startOpenTelemetry(port);
  return fastifyApp(what, port);
}

async function fastifyApp(what, port) {
  const { default: Fastify } = await import('fastify');
  const app = Fastify();
  if (what === 'empty hooks') {
    app.addHook('onRequest', (_request, _reply, done) => done());
    app.addHook('onResponse', (_request, _reply, done) => done());
  }
  if (what.startsWith('prom-agent')) {
    const { default: promAgent } = await import('@prom-agent/fastify');
    const options = what === 'prom-agent' ? {} : { http: false };
    await app.register(promAgent, { agent: { threads: 0 }, ...options });
  }
  if (what === 'fastify-metrics') {
    const { default: fastifyMetrics } = await import('fastify-metrics');
    await app.register(fastifyMetrics, { endpoint: '/metrics' });
  }
  for (const path of paths) app.get(path, async () => body);
  await app.listen({ port, host: '127.0.0.1' });
}

async function expressApp(express, what, port) {
  const app = express();
  if (what === 'empty hooks') {
    app.use((_request, response, next) => {
      response.on('finish', noop);
      next();
    });
  }
  if (what === 'prom-agent') {
    const { default: promAgent } = await import('@prom-agent/express');
    const agent = promAgent({ agent: { threads: 0 } });
    app.use(agent);
    await agent.ready();
  }
  if (what === 'express-prom-bundle') {
    const { default: bundle } = await import('express-prom-bundle');
    app.use(bundle({ includeMethod: true, includePath: true }));
  }
  for (const path of paths) app.get(path, (_request, response) => response.json(body));
  const server = createServer(what === 'prototypes' ? classesOf(app) : {}, app);
  await new Promise((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
}

/** Of requests and responses that have the app's prototypes from the beginning, as prom-agent makes them. */
function classesOf(app) {
  function Request(socket) {
    IncomingMessage.call(this, socket);
  }
  function Response(request, options) {
    ServerResponse.call(this, request, options);
  }
  Object.setPrototypeOf(Request, IncomingMessage).prototype = app.request;
  Object.setPrototypeOf(Response, ServerResponse).prototype = app.response;
  return { IncomingMessage: Request, ServerResponse: Response };
}

async function startOpenTelemetry(port) {
  const { PrometheusExporter } = await import('@opentelemetry/exporter-prometheus');
  const { MeterProvider } = await import('@opentelemetry/sdk-metrics');
  const { registerInstrumentations } = await import('@opentelemetry/instrumentation');
  const { HttpInstrumentation } = await import('@opentelemetry/instrumentation-http');
  const exporter = new PrometheusExporter({ port: port + 100, host: '127.0.0.1' });
  const meterProvider = new MeterProvider({ readers: [exporter] });
  registerInstrumentations({ meterProvider, instrumentations: [new HttpInstrumentation()] });
}

/** Requests that a server says it has counted, the four routes' alone. */
export async function countedBy(server) {
  const { kind, port } = server;
  const metricsPort = kind.endsWith('OpenTelemetry') ? port + 100 : port;
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const pattern = /^http_(?:server_)?request_duration(?:_seconds)?_count\{(.*)\} (\d+)/gm;
  let total = 0;
  for (const [, labels, count] of text.matchAll(pattern)) {
    if (!labels.includes('/metrics"')) total += Number(count);
  }
  // OpenTelemetry counts requests to its own exporter too, and does not say which they are.
  return metricsPort === port ? total : total - server.asked++;
}
