import type { FastifyContextConfig, FastifyRequest } from 'fastify';

/** The config of the route that a request took, with the route's own path as `url`. */
export type RouteConfig = FastifyContextConfig & { readonly url?: string };

type Internal = Record<symbol, { readonly config?: RouteConfig } | undefined>;

/** Fastify's own field of a request; undefined until the first one has shown it. */
let contextKey: symbol | undefined;

/**
 * As `request.routeOptions.config`, which makes an object with all options of the route at each
 * access. Fastify keeps the config in a field that a request of any version 5 has; where it is not
 * found the public way is taken.
 */
export function routeConfig(request: FastifyRequest): RouteConfig {
  if (contextKey === undefined) return find(request);
  const config = (request as unknown as Internal)[contextKey]?.config;
  return config ?? request.routeOptions.config;
}

function find(request: FastifyRequest): RouteConfig {
  const { config } = request.routeOptions;
  contextKey = Object.getOwnPropertySymbols(request).find(
    (key) => (request as unknown as Internal)[key]?.config === config,
  );
  return config;
}
