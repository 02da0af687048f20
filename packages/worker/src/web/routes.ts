import { federateResponse, metricsRequest } from '@prom-agent/core/http';
import { landingPage } from './landing-page.js';
import { lifecycleRoutes } from './lifecycle-routes.js';
import { sendExposition, sendHtml, sendText } from './respond.js';
import { type Route, type RouteRequest, read } from './route.js';
import { statusRoutes } from './status-routes.js';
import { targetRoutes } from './target-routes.js';

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/', read(({ response, state }) => sendHtml(response, landingPage(state.version)))],
  ['/metrics', read(metrics)],
  ['/federate', read(federate)],
  ['/-/healthy', read(({ response }) => sendText(response, 200, 'prom-agent is healthy.\n'))],
  ['/-/ready', read(ready)],
  ...lifecycleRoutes,
  ...statusRoutes,
  ...targetRoutes,
]);

async function metrics({ request, response, state }: RouteRequest): Promise<void> {
  const exposition = await state.agent.metrics(metricsRequest(request));
  await sendExposition(request, response, exposition);
}

async function federate({ request, response, state }: RouteRequest): Promise<void> {
  const exposition = await federateResponse(state.agent, request);
  await sendExposition(request, response, exposition);
}

function ready({ response, state }: RouteRequest): void {
  if (state.isReady()) sendText(response, 200, 'prom-agent is ready.\n');
  else sendText(response, 503, 'prom-agent is not ready: it is starting or stopping.\n');
}

const targetId = /^(\/api\/v1\/targets\/)([0-9a-f]{16})(?=\/)/;

/** The route of a path, and the target id in it where it has one. */
export function findRoute(path: string): { route: Route | undefined; id: string } {
  const id = targetId.exec(path)?.[2] ?? '';
  return { route: routes.get(id === '' ? path : path.replace(targetId, '$1{id}')), id };
}
