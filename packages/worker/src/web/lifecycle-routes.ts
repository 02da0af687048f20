import { PromAgentError } from '@prom-agent/core';
import { sendText } from './respond.js';
import type { Route, RouteRequest } from './route.js';

const methods = ['POST', 'PUT'];

/** `/-/reload` and `/-/quit`, in the words of Prometheus (web/web.go). */
export const lifecycleRoutes: readonly (readonly [path: string, Route])[] = [
  ['/-/reload', { methods, answer: reload }],
  ['/-/quit', { methods, answer: quit }],
];

async function reload({ response, state }: RouteRequest): Promise<void> {
  if (state.lifecycle === undefined) {
    refuse(response);
    return;
  }
  try {
    await state.agent.reload();
  } catch (error) {
    if (!PromAgentError.is(error)) throw error;
    sendText(response, 500, `failed to reload config: ${error.message}\n`);
    return;
  }
  sendText(response, 200, '');
}

function quit({ response, state }: RouteRequest): void {
  if (state.lifecycle === undefined) {
    refuse(response);
    return;
  }
  sendText(response, 200, 'Requesting termination... Goodbye!');
  state.lifecycle.quit();
}

function refuse(response: RouteRequest['response']): void {
  sendText(response, 403, 'Lifecycle API is not enabled.');
}
