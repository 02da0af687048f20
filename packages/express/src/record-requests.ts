import {
  type HttpOptions,
  type HttpRecorder,
  RouteLabels,
  trackResponses,
} from '@prom-agent/core/http';
import type { Request, Response } from 'express';
import { prototypesOf } from './app-prototypes.js';
import { RouteTemplates } from './route-templates.js';

/** Gives a function that counts the requests it is shown, each when its response is over. */
export function recordRequests(
  recorder: HttpRecorder,
  options: HttpOptions<Request>,
  onError: (error: unknown) => void,
): (request: Request, response: Response) => void {
  /** From the first request on: a middleware does not learn before which app it is used on. */
  let templates: RouteTemplates | undefined;
  const labels = new RouteLabels<Request>(recorder, options);
  const { ignoresSome } = labels;
  /** Method → template → route id, for requests without a route and for routes of several methods. */
  const routeIds = new Map<string, Map<string | undefined, number>>();

  function bind(method: string, template: string | undefined): number {
    const id = labels.bind(method, template);
    const ids = routeIds.get(method) ?? new Map<string | undefined, number>();
    ids.set(template, id);
    // Any text can be a method; those that are not known share their series.
    if (routeIds.has(method) || routeIds.size < mostMethods) routeIds.set(method, ids);
    return id;
  }

  const track = trackResponses<Request>({
    recorder,
    routeIdOf(request, statusCode) {
      const { method } = request;
      const route = templates?.routeOf(request);
      if (route !== undefined && route.method === method) return route.id;
      const template = route && templates?.templateOf(route, request);
      if (labels.isPerRequest(template)) {
        return labels.forRequest(method, template, request, statusCode);
      }
      const id = routeIds.get(method)?.get(template) ?? bind(method, template);
      // The next request of a route that is reached in several ways may have another template.
      if (route?.template !== undefined) {
        route.method = method;
        route.id = id;
      }
      return id;
    },
    onError,
    prototypesOf,
  });
  return (request, response) => {
    templates ??= new RouteTemplates(request.app);
    if (ignoresSome && isIgnored(request)) return;
    templates.watch(request);
    track(request, request, response);
  };

  function isIgnored(request: Request): boolean {
    try {
      return labels.isIgnored(request, request.method, request.originalUrl);
    } catch (error) {
      onError(error);
      return false;
    }
  }
}

const mostMethods = 64;
