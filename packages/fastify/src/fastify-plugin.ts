import {
  type Agent,
  type AgentOptions,
  createAgent,
  type ExpositionResponse,
  type Logger,
  PromAgentError,
} from '@prom-agent/core';
import {
  askedOptions,
  BodyStream,
  type ClientMetricsOptions,
  type ClientRequests,
  checkEndpoints,
  federateResponse,
  HeldRecorder,
  type HttpOptions,
  type MetricsServer,
  type MetricsServerOptions,
  metricsRequest,
  recordClientRequests,
  serveMetrics,
} from '@prom-agent/core/http';
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
  RouteHandlerMethod,
} from 'fastify';
import { recordRequests } from './record-requests.js';

/** Not a part of the API that @fastify/swagger describes; that package knows `hide`, Fastify does not. */
const hidden = { hide: true } as FastifySchema;

/** Options of the plugin: the agent's own, and what is served under which path. */
export interface PromAgentOptions extends AgentOptions {
  /** Path of the metrics. Default `/metrics`; false serves none. */
  endpoint?: string | false;
  /** Path of the last samples of the scraped targets. Default `/federate`; false serves none. */
  federateEndpoint?: string | false;
  /**
   * A port for the metrics alone, with TLS and credentials; `endpoint: false` leaves the app's out.
   * Default false.
   */
  metricsServer?: MetricsServerOptions | false;
  /** Metrics of the requests the app answers. Default true; false records none. */
  http?: HttpOptions<FastifyRequest> | boolean;
  /**
   * Metrics of the requests that the process sends through undici or `fetch`, the agent's own left
   * out. Default false.
   */
  client?: ClientMetricsOptions | boolean;
}

/**
 * Records the app's requests, serves `/metrics` and `/federate`, and runs an agent as
 * `app.promAgent`: it starts when the app is ready and closes with it.
 *
 * Register it before hooks that answer requests themselves, or it does not see these requests.
 */
export async function plugin(app: FastifyInstance, options: PromAgentOptions): Promise<void> {
  if (app.hasDecorator('promAgent')) {
    throw new PromAgentError(
      'CONFIG_INVALID',
      'promAgent is registered twice on this Fastify app: one agent serves all of it, its parts too; remove one',
    );
  }
  const {
    endpoint = '/metrics',
    federateEndpoint = '/federate',
    http = true,
    client = false,
    metricsServer = false,
    ...agentOptions
  } = options;
  checkEndpoints({ endpoint, federateEndpoint });
  const httpOptions = askedOptions(http);
  const recorder = httpOptions && recordRequests(app, httpOptions);
  const agent = await createAgent({ logger: loggerOf(app), ...agentOptions });
  let held: HeldRecorder | undefined;
  let outgoing: ClientRequests | undefined;
  try {
    const onError = (error: unknown) =>
      app.log.error(error, 'prom-agent could not count a request');
    held = recorder && new HeldRecorder(agent.registry, recorder, onError);
    outgoing = recordClientRequests(agent.registry, client, onError);
    app.decorate('promAgent', agent);
    if (endpoint !== false) serve(app, endpoint, metricsOf);
    if (federateEndpoint !== false) serve(app, federateEndpoint, federateOf);
  } catch (error) {
    outgoing?.close();
    held?.close();
    await agent.close();
    throw error;
  }
  let server: MetricsServer | undefined;
  app.addHook('onReady', async () => {
    await start(agent);
    if (metricsServer === false) return;
    const onError = (error: unknown) => app.log.error(error, 'prom-agent could not serve metrics');
    server = await serveMetrics(agent, metricsServer, onError);
  });
  app.addHook('onListen', async () => tellAddress(app, endpoint === false ? '' : endpoint));
  app.addHook('onClose', async () => {
    outgoing?.close();
    await server?.close();
    await agent.close();
    held?.close();
  });
}

/** The error of a failed start is the app's to hear; what had started is released first. */
async function start(agent: Agent): Promise<void> {
  try {
    await agent.start();
  } catch (error) {
    await agent.close();
    throw error;
  }
}

function tellAddress(app: FastifyInstance, endpoint: string): void {
  const address = app.server.address();
  // A Unix socket has a path and no port.
  if (address === null || typeof address === 'string') return;
  const isIpv6 = address.family === 'IPv6' && address.address !== '::';
  app.promAgent.setSelfAddress({
    host: isIpv6 ? `[${address.address}]` : address.address,
    port: address.port,
    path: `${app.prefix}${endpoint}`,
  });
}

function loggerOf(app: FastifyInstance): Logger {
  return app.log.child({ name: 'prom-agent' });
}

function serve(
  app: FastifyInstance,
  url: string,
  answer: (agent: Agent, request: FastifyRequest) => Promise<ExpositionResponse>,
): void {
  const handler: RouteHandlerMethod = async (request, reply) =>
    send(reply, await answer(app.promAgent, request));
  app.get(url, { config: { promAgent: false }, schema: hidden, handler });
}

function metricsOf(agent: Agent, { raw }: FastifyRequest): Promise<ExpositionResponse> {
  return agent.metrics(metricsRequest(raw));
}

function federateOf(agent: Agent, { raw }: FastifyRequest): Promise<ExpositionResponse> {
  return federateResponse(agent, raw);
}

function send(reply: FastifyReply, { status, headers, body }: ExpositionResponse): FastifyReply {
  return reply.code(status).headers(headers).send(new BodyStream(body, reply.raw));
}
