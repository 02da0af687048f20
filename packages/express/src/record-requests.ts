import { type HttpRecorder, trackResponses, unmatchedRoute } from '@prom-agent/core/http';
import type { Request, Response } from 'express';
import type { App } from './express-internals.js';
import { RouteTemplates } from './route-templates.js';

/** Gives a function that counts the requests it is shown, each when its response is over. */
export function recordRequests(
  recorder: HttpRecorder,
  onError: (error: unknown) => void,
): (request: Request, response: Response) => void {
  const templates = new RouteTemplates();
  let app: App | undefined;
  const track = trackResponses<Request>({
    recorder,
    routeIdOf: (request) => {
      const template = templates.templateOf(request, app ?? request.app);
      return recorder.route(request.method, template ?? unmatchedRoute);
    },
    onError,
  });
  return (request, response) => {
    app ??= request.app;
    track(request, response);
  };
}
