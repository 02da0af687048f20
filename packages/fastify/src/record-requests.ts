import { type HttpRecorder, trackResponses, unmatchedRoute } from '@prom-agent/core/http';
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';

/** Of a route that wants no metrics. */
const excluded = -1;

/** Counts every request of the app, but those of routes with `config.promAgent: false`. */
export function recordRequests(app: FastifyInstance, recorder: HttpRecorder): void {
  // On the route's config, which a request reaches by one property; by method, for a route may
  // serve several. Bound by the route's first request: routes that are older than this plugin count
  // too, which an onRoute hook would not see.
  const routeIds: unique symbol = Symbol('prom-agent.routeIds');
  type BoundConfig = FastifyContextConfig & { [routeIds]?: Map<string, number> };

  function bind(config: BoundConfig, method: string, url: string): number {
    config[routeIds] ??= new Map();
    const id = config.promAgent === false ? excluded : recorder.route(method, url);
    config[routeIds].set(method, id);
    return id;
  }

  function routeIdOf({ method, routeOptions }: FastifyRequest): number {
    // A request that no route took has no url; its config is one object for all such requests.
    const { url = unmatchedRoute } = routeOptions;
    const config: BoundConfig = routeOptions.config;
    return config[routeIds]?.get(method) ?? bind(config, method, url);
  }

  const track = trackResponses<number>({
    recorder,
    routeIdOf: (routeId) => routeId,
    onError: (error) => app.log.error(error, 'prom-agent could not record a request'),
  });
  app.addHook('onRequest', (request, reply, done) => {
    const routeId = routeIdOf(request);
    if (routeId !== excluded) track(routeId, reply.raw);
    done();
  });
}
