import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Agent } from '@prom-agent/core';

/** What the routes show. */
export interface WebState {
  readonly agent: Agent;
  readonly version: string;
  /** The command line's flags, by name. */
  readonly flags: Readonly<Record<string, string>>;
  /** True from the first answer of every discovery until the stop. */
  isReady(): boolean;
  /** Set where requests may reload and stop the agent. */
  readonly lifecycle: { quit(): void } | undefined;
}

export interface RouteRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** What stood for the `{id}` of the route's path. */
  readonly id: string;
  readonly state: WebState;
}

export interface Route {
  readonly methods: readonly string[];
  answer(at: RouteRequest): void | Promise<void>;
}

export function read(answer: Route['answer']): Route {
  return { methods: ['GET', 'HEAD'], answer };
}
