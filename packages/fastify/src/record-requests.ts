import {
  createHttpRecorder,
  excludedRoute,
  type HttpOptions,
  type HttpRecorder,
  RouteLabels,
  trackResponses,
} from '@prom-agent/core/http';
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';
import { routeConfig } from './route-config.js';

/** Counts every request of the app, but those of routes with `config.promAgent: false`. */
export function recordRequests(
  app: FastifyInstance,
  options: HttpOptions<FastifyRequest>,
): HttpRecorder {
  const recorder = createHttpRecorder(options);
  const labels = new RouteLabels<FastifyRequest>(recorder, options);
  const { ignoresSome } = labels;
  // On the route's config, which a request reaches by one property; by method, for a route may
  // serve several. Bound by the route's first request: routes that are older than this plugin count
  // too, which an onRoute hook would not see.
  const routeIds: unique symbol = Symbol('prom-agent.routeIds');
  type BoundConfig = FastifyContextConfig & { [routeIds]?: Record<string, number>; url?: string };

  function bind(config: BoundConfig, method: string): number {
    config[routeIds] ??= Object.create(null) as Record<string, number>;
    // A request that no route took has no url; its config is one object for all such requests.
    const id = config.promAgent === false ? excludedRoute : labels.bind(method, config.url);
    config[routeIds][method] = id;
    return id;
  }

  const onError = (error: unknown) => app.log.error(error, 'prom-agent could not record a request');

  function isIgnored(request: FastifyRequest): boolean {
    try {
      return labels.isIgnored(request, request.method, request.url);
    } catch (error) {
      onError(error);
      return false;
    }
  }

  const track = trackResponses<FastifyRequest>({
    recorder,
    routeIdOf(request, statusCode) {
      const config: BoundConfig = routeConfig(request);
      const { method } = request;
      if (labels.isPerRequest(config.url)) {
        if (config.promAgent === false) return excludedRoute;
        return labels.forRequest(method, config.url, request, statusCode);
      }
      return config[routeIds]?.[method] ?? bind(config, method);
    },
    onError,
  });
  app.addHook('onRequest', (request, reply, done) => {
    const config: BoundConfig = routeConfig(request);
    const isExcluded = config.promAgent === false || (ignoresSome && isIgnored(request));
    if (!isExcluded) track(request, request.raw, reply.raw);
    done();
  });
  return recorder;
}
