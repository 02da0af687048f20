import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Agent } from '@prom-agent/core';
import { federateResponse, metricsRequest } from '@prom-agent/core/http';
import { landingPage } from './landing-page.js';
import { sendExposition, sendHtml, sendJson, sendText } from './respond.js';
import { describeTargets } from './targets-api.js';

/** What the routes show. */
export interface WebState {
  readonly agent: Agent;
  readonly version: string;
  /** True from the first answer of every discovery until the stop. */
  isReady(): boolean;
}

export interface RouteRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly state: WebState;
}

type Route = (at: RouteRequest) => void | Promise<void>;

/** By path; all answer GET and HEAD alone. */
export const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/', ({ response, state }) => sendHtml(response, landingPage(state.version))],
  ['/metrics', metrics],
  ['/federate', federate],
  ['/api/v1/targets', targets],
  ['/-/healthy', ({ response }) => sendText(response, 200, 'prom-agent is healthy.\n')],
  ['/-/ready', ready],
]);

async function metrics({ request, response, state }: RouteRequest): Promise<void> {
  const exposition = await state.agent.metrics(metricsRequest(request));
  await sendExposition(request, response, exposition);
}

async function federate({ request, response, state }: RouteRequest): Promise<void> {
  const exposition = await federateResponse(state.agent, {
    url: request.url ?? '',
    accept: request.headers.accept,
    acceptEncoding: request.headers['accept-encoding']?.toString(),
  });
  await sendExposition(request, response, exposition);
}

function targets({ response, query, state }: RouteRequest): void {
  const wanted = query.get('state') ?? 'active';
  if (wanted !== 'active') {
    sendJson(response, 400, {
      status: 'error',
      errorType: 'bad_data',
      error: `state=${wanted}: this agent answers for active targets only`,
    });
    return;
  }
  sendJson(response, 200, { status: 'success', data: describeTargets(state.agent.targets()) });
}

function ready({ response, state }: RouteRequest): void {
  if (state.isReady()) sendText(response, 200, 'prom-agent is ready.\n');
  else sendText(response, 503, 'prom-agent is not ready: it is starting or stopping.\n');
}
