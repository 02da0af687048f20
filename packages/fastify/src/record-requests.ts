import {
  createHttpRecorder,
  excludedRoute,
  type HttpOptions,
  type HttpRecorder,
  prepareServer,
  RouteLabels,
  trackResponses,
} from '@prom-agent/core/http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { onHijack } from './hijacked-replies.js';
import { type RouteConfig, routeConfig } from './route-config.js';

/** What is known of a route. */
interface RouteBinding {
  readonly url: string | undefined;
  readonly isExcluded: boolean;
  readonly isPerRequest: boolean;
  /** Method → id. */
  readonly ids: Record<string, number>;
  /** Of the last request, and its id. */
  method: string;
  id: number;
}

/** Counts every request of the app, but those of routes with `config.promAgent: false`. */
export function recordRequests(
  app: FastifyInstance,
  options: HttpOptions<FastifyRequest>,
): HttpRecorder {
  const recorder = createHttpRecorder(options);
  const labels = new RouteLabels<FastifyRequest>(recorder, options);
  const { ignoresSome } = labels;
  // On the route's config, which a request reaches by one property. Made by the route's first request:
  // routes that are older than this plugin count too, which an onRoute hook would not see.
  const bindings: unique symbol = Symbol('prom-agent.route');
  type BoundConfig = RouteConfig & { [bindings]?: RouteBinding };

  function bindingOf(request: FastifyRequest): RouteBinding {
    const config: BoundConfig = routeConfig(request);
    return config[bindings] ?? bind(config);
  }

  function bind(config: BoundConfig): RouteBinding {
    // A request that no route took has no url; its config is one object for all such requests.
    const { url, promAgent } = config;
    const ids = Object.create(null) as Record<string, number>;
    const isExcluded = promAgent === false;
    const isPerRequest = labels.isPerRequest(url);
    const binding = { url, isExcluded, isPerRequest, ids, method: '', id: excludedRoute };
    config[bindings] = binding;
    return binding;
  }

  /** For a route of several methods, whose requests take turns. */
  function takeMethod(binding: RouteBinding, method: string): number {
    const { ids, url, isExcluded } = binding;
    ids[method] ??= isExcluded ? excludedRoute : labels.bind(method, url);
    binding.method = method;
    binding.id = ids[method];
    return binding.id;
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
      const binding = bindingOf(request);
      const { method } = request;
      if (binding.isPerRequest && !binding.isExcluded)
        return labels.forRequest(method, binding.url, request, statusCode);
      return binding.method === method ? binding.id : takeMethod(binding, method);
    },
    onError,
  });
  prepareServer(app.server);
  onHijack(app, track.hijacked);
  app.addHook('onRequest', (request, reply, done) => {
    const isExcluded = bindingOf(request).isExcluded || (ignoresSome && isIgnored(request));
    if (!isExcluded) track(request, request.raw, reply.raw);
    done();
  });
  return recorder;
}
