import type { RequestHandler } from 'express';
import { expressServer, fastifyServer, type MatrixServer } from '../matrix/servers.js';
import { startOpenTelemetry } from './open-telemetry.js';
import { promClientOf, requirePeer } from './peer-packages.js';

/** A package that counts the requests of a service, with the options that let it count most. */
export interface Peer {
  readonly name: string;
  readonly server: string;
  /** `http_request_duration_seconds` and its labels, as the package spells them. */
  readonly metric: string;
  readonly labels: { readonly method: string; readonly route?: string; readonly status: string };
  /** What it calls a route that the app calls so. */
  routeOf(template: string): string;
  /** Whether it has `http_response_size_bytes` and the like. */
  readonly hasSizes?: boolean;
  start(): Promise<PeerServer>;
}

/** A server of the matrix that a peer counts. */
export interface PeerServer extends MatrixServer {
  metrics(): Promise<string>;
}

function withMetrics(server: MatrixServer, metrics: () => Promise<string>): PeerServer {
  return { ...server, metrics };
}

const ofRegistry = (server: MatrixServer) => withMetrics(server, () => server.registry.metrics());

async function fastifyMetrics(http2: boolean): Promise<PeerServer> {
  const server = await fastifyServer({
    http2,
    async setUp(app, registry) {
      const registers = [registry];
      await app.register(requirePeer('fastify-metrics').default, {
        defaultMetrics: { enabled: false },
        routeMetrics: {
          registeredRoutesOnly: false,
          methodBlacklist: [],
          overrides: { histogram: { registers }, summary: { registers } },
        },
      });
    },
  });
  return ofRegistry(server);
}

async function expressPromBundle(version: 4 | 5): Promise<PeerServer> {
  const server = await expressServer(version, (promRegistry) => ({
    middleware: requirePeer('express-prom-bundle')({
      includeMethod: true,
      includePath: true,
      includeUp: false,
      promRegistry,
    }) as RequestHandler,
  }));
  return ofRegistry(server);
}

async function prometheusApiMetrics(version: 4 | 5): Promise<PeerServer> {
  // It knows no other registry than prom-client's own.
  const { register } = promClientOf('prometheus-api-metrics');
  register.clear();
  const server = await expressServer(version, () => ({
    middleware: requirePeer('prometheus-api-metrics')() as RequestHandler,
  }));
  return withMetrics(server, () => register.metrics());
}

async function openTelemetry(http2: boolean): Promise<PeerServer> {
  const { metrics, stop } = startOpenTelemetry();
  const server = await fastifyServer({ http2, setUp: async () => {} });
  return {
    ...server,
    metrics,
    async close() {
      await server.close();
      await stop();
    },
  };
}

const ofFastify = {
  name: 'fastify-metrics',
  metric: 'http_request_duration_seconds',
  labels: { method: 'method', route: 'route', status: 'status_code' },
  routeOf: (template: string) => template,
} as const;

const bundle = {
  name: 'express-prom-bundle',
  metric: 'http_request_duration_seconds',
  labels: { method: 'method', route: 'path', status: 'status_code' },
  // It guesses what of a path is a value.
  routeOf: (template: string) => template.replace(/:\w+/g, '#val'),
} as const;

const apiMetrics = {
  name: 'prometheus-api-metrics',
  metric: 'http_request_duration_seconds',
  labels: { method: 'method', route: 'route', status: 'code' },
  routeOf: (template: string) => template,
  hasSizes: true,
} as const;

const instrumentation = {
  name: '@opentelemetry/instrumentation-http',
  metric: 'http_server_request_duration',
  labels: { method: 'http_request_method', status: 'http_response_status_code' },
  routeOf: () => '',
} as const;

export const peers: readonly Peer[] = [
  { ...ofFastify, server: 'Fastify 5', start: () => fastifyMetrics(false) },
  { ...ofFastify, server: 'Fastify 5 over HTTP/2', start: () => fastifyMetrics(true) },
  { ...bundle, server: 'Express 5', start: () => expressPromBundle(5) },
  { ...bundle, server: 'Express 4', start: () => expressPromBundle(4) },
  { ...apiMetrics, server: 'Express 5', start: () => prometheusApiMetrics(5) },
  { ...apiMetrics, server: 'Express 4', start: () => prometheusApiMetrics(4) },
  { ...instrumentation, server: 'Fastify 5', start: () => openTelemetry(false) },
  { ...instrumentation, server: 'Fastify 5 over HTTP/2', start: () => openTelemetry(true) },
];
